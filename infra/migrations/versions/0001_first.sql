CREATE TABLE apprentices.erasure (
	apprentice_id UUID NOT NULL, 
	ground TEXT NOT NULL, 
	erased_on DATE NOT NULL, 
	at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT erasure_pk PRIMARY KEY (apprentice_id)
);
CREATE TABLE apprentices.leaver_record (
	party_id UUID NOT NULL, 
	apprentice_id UUID NOT NULL, 
	from_on DATE NOT NULL, 
	until_on DATE NOT NULL, 
	uln TEXT, 
	given_names TEXT, 
	family_name TEXT, 
	standard_id UUID NOT NULL, 
	status TEXT NOT NULL, 
	my_reference TEXT, 
	CONSTRAINT leaver_record_pk PRIMARY KEY (party_id, apprentice_id, from_on)
);
CREATE TABLE apprentices.organisation (
	id UUID NOT NULL, 
	name TEXT NOT NULL, 
	region TEXT, 
	claimed BOOLEAN NOT NULL, 
	CONSTRAINT organisation_pk PRIMARY KEY (id)
);
CREATE TABLE apprentices.standard (
	id UUID NOT NULL, 
	reference TEXT, 
	version TEXT, 
	lars_code TEXT, 
	title TEXT NOT NULL, 
	level INTEGER, 
	planned BOOLEAN NOT NULL, 
	plan_hash TEXT, 
	typical_months INTEGER, 
	minimum_months INTEGER, 
	CONSTRAINT standard_pk PRIMARY KEY (id), 
	CONSTRAINT standard_reference_version_uq UNIQUE (reference, version)
);
CREATE UNIQUE INDEX standard_lars_code_ix ON apprentices.standard (lars_code) WHERE reference is null;
CREATE TABLE apprentices.tombstone (
	party_id UUID NOT NULL, 
	digest BYTEA NOT NULL, 
	erased_on DATE NOT NULL, 
	apprentice_id UUID NOT NULL, 
	CONSTRAINT tombstone_pk PRIMARY KEY (party_id, digest, erased_on)
);
CREATE TABLE auth.assertion (
	client_id TEXT NOT NULL, 
	jti TEXT NOT NULL, 
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT assertion_pk PRIMARY KEY (client_id, jti)
);
CREATE INDEX assertion_expires_at_ix ON auth.assertion (expires_at);
CREATE TABLE auth.client (
	id TEXT NOT NULL, 
	party_id UUID NOT NULL, 
	party_kind TEXT NOT NULL, 
	organisation_id UUID NOT NULL, 
	name TEXT NOT NULL, 
	method TEXT NOT NULL, 
	jwks JSONB, 
	scopes TEXT[] NOT NULL, 
	documents_only BOOLEAN NOT NULL, 
	bound BOOLEAN NOT NULL, 
	jwks_url TEXT, 
	issuer TEXT, 
	subject TEXT, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	expires_at TIMESTAMP WITH TIME ZONE, 
	disabled_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT client_pk PRIMARY KEY (id)
);
CREATE UNIQUE INDEX client_issuer_subject_ix ON auth.client (issuer, subject);
CREATE INDEX client_party_id_ix ON auth.client (party_id);
CREATE TABLE auth.document (
	sha256 TEXT NOT NULL, 
	client_id TEXT NOT NULL, 
	name TEXT NOT NULL, 
	text TEXT NOT NULL, 
	added_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT document_pk PRIMARY KEY (sha256, client_id)
);
CREATE TABLE auth.proof (
	mark UUID NOT NULL, 
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT proof_pk PRIMARY KEY (mark)
);
CREATE INDEX proof_expires_at_ix ON auth.proof (expires_at);
CREATE TABLE auth.revoked (
	jti TEXT NOT NULL, 
	client_id TEXT NOT NULL, 
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT revoked_pk PRIMARY KEY (jti)
);
CREATE INDEX revoked_expires_at_ix ON auth.revoked (expires_at);
CREATE TABLE auth.secret (
	client_id TEXT NOT NULL, 
	sha256 BYTEA NOT NULL, 
	CONSTRAINT secret_pk PRIMARY KEY (client_id)
);
CREATE TABLE auth.signing_key (
	kid TEXT NOT NULL, 
	sealed BYTEA NOT NULL, 
	public JSONB NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	signs_from TIMESTAMP WITH TIME ZONE NOT NULL, 
	retired_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT signing_key_pk PRIMARY KEY (kid)
);
CREATE TABLE hub.audit (
	id UUID NOT NULL, 
	party_id UUID NOT NULL, 
	client TEXT NOT NULL, 
	person TEXT, 
	on_behalf_of TEXT, 
	act TEXT NOT NULL, 
	subjects UUID[] NOT NULL, 
	fingerprint BYTEA NOT NULL, 
	at TIMESTAMP WITH TIME ZONE NOT NULL, 
	kind TEXT DEFAULT 'act' NOT NULL, 
	classes TEXT[] DEFAULT '{}' NOT NULL, 
	trace TEXT, 
	thing TEXT, 
	xid xid8 DEFAULT pg_current_xact_id() NOT NULL, 
	CONSTRAINT audit_pk PRIMARY KEY (id)
);
CREATE INDEX audit_order_ix ON hub.audit (xid, id);
CREATE TABLE hub.audit_access (
	apprentice_id UUID NOT NULL, 
	at TIMESTAMP WITH TIME ZONE NOT NULL, 
	party_id UUID NOT NULL, 
	seq BIGINT NOT NULL, 
	audience TEXT NOT NULL, 
	client TEXT NOT NULL, 
	classes TEXT[] NOT NULL, 
	CONSTRAINT audit_access_pk PRIMARY KEY (apprentice_id, at, party_id, seq, audience)
);
CREATE TABLE hub.audit_head (
	party_id UUID NOT NULL, 
	seq BIGINT NOT NULL, 
	at TIMESTAMP WITH TIME ZONE NOT NULL, 
	hash BYTEA NOT NULL, 
	jws TEXT NOT NULL, 
	CONSTRAINT audit_head_pk PRIMARY KEY (party_id, seq)
);
CREATE TABLE hub.audit_link (
	party_id UUID NOT NULL, 
	seq BIGINT NOT NULL, 
	n BIGINT NOT NULL, 
	audit_id UUID NOT NULL, 
	hash BYTEA NOT NULL, 
	CONSTRAINT audit_link_pk PRIMARY KEY (party_id, seq)
);
CREATE UNIQUE INDEX audit_link_audit_ix ON hub.audit_link (audit_id);
CREATE UNIQUE INDEX audit_link_order_ix ON hub.audit_link (n);
CREATE TABLE hub.audit_place (
	"only" INTEGER DEFAULT 1 NOT NULL, 
	xid xid8 NOT NULL, 
	id UUID NOT NULL, 
	linked BIGINT NOT NULL, 
	shown BIGINT NOT NULL, 
	CONSTRAINT audit_place_pk PRIMARY KEY ("only")
);
CREATE TABLE hub.epoch (
	"only" INTEGER DEFAULT 1 NOT NULL, 
	epoch INTEGER NOT NULL, 
	relay_lag_ms BIGINT DEFAULT 0 NOT NULL, 
	relay_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT epoch_pk PRIMARY KEY ("only")
);
CREATE TABLE hub.event (
	party_id UUID NOT NULL, 
	seq BIGINT NOT NULL, 
	id UUID NOT NULL, 
	type TEXT NOT NULL, 
	apprentice_id UUID, 
	standard_id UUID, 
	facts JSONB NOT NULL, 
	at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT event_pk PRIMARY KEY (party_id, seq)
);
CREATE TABLE hub.idempotency (
	client TEXT NOT NULL, 
	key TEXT NOT NULL, 
	act TEXT NOT NULL, 
	fingerprint BYTEA NOT NULL, 
	outcome JSONB, 
	at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT idempotency_pk PRIMARY KEY (client, key)
);
CREATE TABLE hub.outbox (
	id BIGINT GENERATED ALWAYS AS IDENTITY, 
	xid xid8 DEFAULT pg_current_xact_id() NOT NULL, 
	type TEXT NOT NULL, 
	apprentice_id UUID, 
	standard_id UUID, 
	recipients UUID[] NOT NULL, 
	facts JSONB NOT NULL, 
	at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT outbox_pk PRIMARY KEY (id)
);
CREATE INDEX outbox_order_ix ON hub.outbox (xid, id);
CREATE TABLE hub.stream (
	party_id UUID NOT NULL, 
	last_seq BIGINT NOT NULL, 
	CONSTRAINT stream_pk PRIMARY KEY (party_id)
);
CREATE TABLE apprentices.apprentice (
	id UUID NOT NULL, 
	standard_id UUID NOT NULL, 
	employer_id UUID NOT NULL, 
	CONSTRAINT apprentice_pk PRIMARY KEY (id), 
	CONSTRAINT apprentice_standard_id_fk FOREIGN KEY(standard_id) REFERENCES apprentices.standard (id), 
	CONSTRAINT apprentice_employer_id_fk FOREIGN KEY(employer_id) REFERENCES apprentices.organisation (id)
);
CREATE TABLE apprentices.component (
	standard_id UUID NOT NULL, 
	code TEXT NOT NULL, 
	method_code TEXT NOT NULL, 
	position INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	CONSTRAINT component_pk PRIMARY KEY (standard_id, code), 
	CONSTRAINT component_standard_id_fk FOREIGN KEY(standard_id) REFERENCES apprentices.standard (id) ON DELETE CASCADE
);
CREATE TABLE apprentices.criterion (
	standard_id UUID NOT NULL, 
	theme_code TEXT NOT NULL, 
	grade TEXT NOT NULL, 
	position INTEGER NOT NULL, 
	statement TEXT NOT NULL, 
	CONSTRAINT criterion_pk PRIMARY KEY (standard_id, theme_code, grade, position), 
	CONSTRAINT criterion_standard_id_fk FOREIGN KEY(standard_id) REFERENCES apprentices.standard (id) ON DELETE CASCADE
);
CREATE TABLE apprentices.evidence_type (
	standard_id UUID NOT NULL, 
	code TEXT NOT NULL, 
	position INTEGER NOT NULL, 
	label TEXT NOT NULL, 
	allowed BOOLEAN NOT NULL, 
	CONSTRAINT evidence_type_pk PRIMARY KEY (standard_id, code), 
	CONSTRAINT evidence_type_standard_id_fk FOREIGN KEY(standard_id) REFERENCES apprentices.standard (id) ON DELETE CASCADE
);
CREATE TABLE apprentices.grade_combination (
	standard_id UUID NOT NULL, 
	position INTEGER NOT NULL, 
	grades TEXT[] NOT NULL, 
	overall TEXT NOT NULL, 
	CONSTRAINT grade_combination_pk PRIMARY KEY (standard_id, position), 
	CONSTRAINT grade_combination_standard_id_fk FOREIGN KEY(standard_id) REFERENCES apprentices.standard (id) ON DELETE CASCADE
);
CREATE TABLE apprentices.ksb (
	standard_id UUID NOT NULL, 
	code TEXT NOT NULL, 
	position INTEGER NOT NULL, 
	kind TEXT NOT NULL, 
	statement TEXT NOT NULL, 
	methods TEXT[] NOT NULL, 
	notes TEXT[] NOT NULL, 
	CONSTRAINT ksb_pk PRIMARY KEY (standard_id, code), 
	CONSTRAINT ksb_standard_id_fk FOREIGN KEY(standard_id) REFERENCES apprentices.standard (id) ON DELETE CASCADE
);
CREATE TABLE apprentices.method (
	standard_id UUID NOT NULL, 
	code TEXT NOT NULL, 
	position INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	grades TEXT[] NOT NULL, 
	CONSTRAINT method_pk PRIMARY KEY (standard_id, code), 
	CONSTRAINT method_standard_id_fk FOREIGN KEY(standard_id) REFERENCES apprentices.standard (id) ON DELETE CASCADE
);
CREATE TABLE apprentices.organisation_identifier (
	scheme TEXT NOT NULL, 
	value TEXT NOT NULL, 
	organisation_id UUID NOT NULL, 
	CONSTRAINT organisation_identifier_pk PRIMARY KEY (scheme, value), 
	CONSTRAINT organisation_identifier_organisation_id_fk FOREIGN KEY(organisation_id) REFERENCES apprentices.organisation (id)
);
CREATE INDEX organisation_identifier_organisation_id_ix ON apprentices.organisation_identifier (organisation_id);
CREATE TABLE apprentices.organisation_link (
	organisation_id UUID NOT NULL, 
	group_code TEXT NOT NULL, 
	from_on DATE NOT NULL, 
	until_on DATE DEFAULT 'infinity' NOT NULL, 
	CONSTRAINT organisation_link_pk PRIMARY KEY (organisation_id, group_code, from_on), 
	CONSTRAINT organisation_link_organisation_id_fk FOREIGN KEY(organisation_id) REFERENCES apprentices.organisation (id)
);
CREATE TABLE apprentices.party (
	id UUID NOT NULL, 
	organisation_id UUID NOT NULL, 
	kind TEXT NOT NULL, 
	CONSTRAINT party_pk PRIMARY KEY (id), 
	CONSTRAINT party_organisation_id_kind_uq UNIQUE (organisation_id, kind), 
	CONSTRAINT party_id_organisation_id_uq UNIQUE (id, organisation_id), 
	CONSTRAINT party_organisation_id_fk FOREIGN KEY(organisation_id) REFERENCES apprentices.organisation (id)
);
CREATE TABLE apprentices.requirement (
	standard_id UUID NOT NULL, 
	code TEXT NOT NULL, 
	position INTEGER NOT NULL, 
	label TEXT NOT NULL, 
	rule TEXT NOT NULL, 
	CONSTRAINT requirement_pk PRIMARY KEY (standard_id, code), 
	CONSTRAINT requirement_standard_id_fk FOREIGN KEY(standard_id) REFERENCES apprentices.standard (id) ON DELETE CASCADE
);
CREATE TABLE apprentices.rule (
	standard_id UUID NOT NULL, 
	code TEXT NOT NULL, 
	position INTEGER NOT NULL, 
	severity TEXT NOT NULL, 
	statement TEXT NOT NULL, 
	quote TEXT, 
	source TEXT, 
	notes TEXT[] NOT NULL, 
	CONSTRAINT rule_pk PRIMARY KEY (standard_id, code), 
	CONSTRAINT rule_standard_id_fk FOREIGN KEY(standard_id) REFERENCES apprentices.standard (id) ON DELETE CASCADE
);
CREATE TABLE apprentices.theme (
	standard_id UUID NOT NULL, 
	code TEXT NOT NULL, 
	method_code TEXT NOT NULL, 
	position INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	ksbs TEXT[] NOT NULL, 
	CONSTRAINT theme_pk PRIMARY KEY (standard_id, code), 
	CONSTRAINT theme_standard_id_fk FOREIGN KEY(standard_id) REFERENCES apprentices.standard (id) ON DELETE CASCADE
);
CREATE TABLE apprentices.contact (
	apprentice_id UUID NOT NULL, 
	email TEXT, 
	phone TEXT, 
	version INTEGER DEFAULT '1' NOT NULL, 
	CONSTRAINT contact_pk PRIMARY KEY (apprentice_id), 
	CONSTRAINT contact_apprentice_id_fk FOREIGN KEY(apprentice_id) REFERENCES apprentices.apprentice (id) ON DELETE CASCADE
);
CREATE TABLE apprentices.erasure_request (
	apprentice_id UUID NOT NULL, 
	party_id UUID NOT NULL, 
	ground TEXT NOT NULL, 
	since DATE NOT NULL, 
	by_reference TEXT NOT NULL, 
	by_name TEXT NOT NULL, 
	by_role TEXT NOT NULL, 
	CONSTRAINT erasure_request_pk PRIMARY KEY (apprentice_id, party_id), 
	CONSTRAINT erasure_request_apprentice_id_fk FOREIGN KEY(apprentice_id) REFERENCES apprentices.apprentice (id) ON DELETE CASCADE, 
	CONSTRAINT erasure_request_party_id_fk FOREIGN KEY(party_id) REFERENCES apprentices.party (id)
);
CREATE TABLE apprentices.hold (
	apprentice_id UUID NOT NULL, 
	party_id UUID NOT NULL, 
	reason TEXT NOT NULL, 
	since DATE NOT NULL, 
	by_reference TEXT NOT NULL, 
	by_name TEXT NOT NULL, 
	by_role TEXT NOT NULL, 
	CONSTRAINT hold_pk PRIMARY KEY (apprentice_id, party_id), 
	CONSTRAINT hold_apprentice_id_fk FOREIGN KEY(apprentice_id) REFERENCES apprentices.apprentice (id) ON DELETE CASCADE, 
	CONSTRAINT hold_party_id_fk FOREIGN KEY(party_id) REFERENCES apprentices.party (id)
);
CREATE TABLE apprentices.identity (
	apprentice_id UUID NOT NULL, 
	registered_by UUID NOT NULL, 
	standard_id UUID NOT NULL, 
	uln TEXT NOT NULL, 
	given_names TEXT NOT NULL, 
	family_name TEXT NOT NULL, 
	start_on DATE NOT NULL, 
	original_start_on DATE, 
	first_start_on DATE NOT NULL, 
	planned_end_on DATE NOT NULL, 
	expected_gateway_on DATE, 
	age_band TEXT, 
	region TEXT, 
	intake TEXT, 
	status TEXT NOT NULL, 
	merged_into UUID, 
	version INTEGER DEFAULT '1' NOT NULL, 
	CONSTRAINT identity_pk PRIMARY KEY (apprentice_id), 
	CONSTRAINT identity_apprentice_id_fk FOREIGN KEY(apprentice_id) REFERENCES apprentices.apprentice (id) ON DELETE CASCADE, 
	CONSTRAINT identity_registered_by_fk FOREIGN KEY(registered_by) REFERENCES apprentices.party (id)
);
CREATE UNIQUE INDEX identity_natural_key_ix ON apprentices.identity (registered_by, uln, standard_id, first_start_on) WHERE merged_into is null;
CREATE TABLE apprentices.restriction (
	apprentice_id UUID NOT NULL, 
	party_id UUID NOT NULL, 
	ground TEXT NOT NULL, 
	since DATE NOT NULL, 
	by_reference TEXT NOT NULL, 
	by_name TEXT NOT NULL, 
	by_role TEXT NOT NULL, 
	CONSTRAINT restriction_pk PRIMARY KEY (apprentice_id), 
	CONSTRAINT restriction_apprentice_id_fk FOREIGN KEY(apprentice_id) REFERENCES apprentices.apprentice (id) ON DELETE CASCADE, 
	CONSTRAINT restriction_party_id_fk FOREIGN KEY(party_id) REFERENCES apprentices.party (id)
);
CREATE TABLE apprentices.status_change (
	id UUID NOT NULL, 
	apprentice_id UUID NOT NULL, 
	status TEXT NOT NULL, 
	on_date DATE NOT NULL, 
	position INTEGER NOT NULL, 
	CONSTRAINT status_change_pk PRIMARY KEY (id), 
	CONSTRAINT status_change_apprentice_id_fk FOREIGN KEY(apprentice_id) REFERENCES apprentices.apprentice (id) ON DELETE CASCADE
);
CREATE INDEX status_change_apprentice_id_ix ON apprentices.status_change (apprentice_id);
CREATE TABLE apprentices.tie (
	apprentice_id UUID NOT NULL, 
	party_id UUID NOT NULL, 
	organisation_id UUID NOT NULL, 
	kind TEXT NOT NULL, 
	state TEXT NOT NULL, 
	from_on DATE NOT NULL, 
	until_on DATE DEFAULT 'infinity' NOT NULL, 
	CONSTRAINT tie_pk PRIMARY KEY (apprentice_id, party_id), 
	CONSTRAINT tie_span CHECK (from_on <= until_on), 
	CONSTRAINT tie_party_id_fk FOREIGN KEY(party_id, organisation_id) REFERENCES apprentices.party (id, organisation_id), 
	CONSTRAINT tie_apprentice_id_fk FOREIGN KEY(apprentice_id) REFERENCES apprentices.apprentice (id) ON DELETE CASCADE
);
CREATE TABLE gateway.basis (
	apprentice_id UUID NOT NULL, 
	requirement TEXT NOT NULL, 
	attained TEXT NOT NULL, 
	entitlement TEXT, 
	CONSTRAINT basis_pk PRIMARY KEY (apprentice_id, requirement), 
	CONSTRAINT basis_apprentice_id_fk FOREIGN KEY(apprentice_id) REFERENCES apprentices.apprentice (id) ON DELETE CASCADE
);
CREATE TABLE gateway.blocker (
	apprentice_id UUID NOT NULL, 
	position INTEGER NOT NULL, 
	rule TEXT NOT NULL, 
	requirement TEXT, 
	sentence TEXT NOT NULL, 
	party TEXT, 
	due_on DATE, 
	from_on DATE NOT NULL, 
	until_on DATE NOT NULL, 
	CONSTRAINT blocker_pk PRIMARY KEY (apprentice_id, position), 
	CONSTRAINT blocker_apprentice_id_fk FOREIGN KEY(apprentice_id) REFERENCES apprentices.apprentice (id) ON DELETE CASCADE
);
CREATE TABLE gateway.decision (
	id UUID NOT NULL, 
	apprentice_id UUID NOT NULL, 
	decided_on DATE NOT NULL, 
	declaration TEXT NOT NULL, 
	declaration_version TEXT NOT NULL, 
	advice_taken BOOLEAN NOT NULL, 
	by_reference TEXT NOT NULL, 
	by_name TEXT NOT NULL, 
	by_role TEXT NOT NULL, 
	actor_party_id UUID NOT NULL, 
	actor_client TEXT NOT NULL, 
	at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT decision_pk PRIMARY KEY (id), 
	CONSTRAINT decision_apprentice_id_fk FOREIGN KEY(apprentice_id) REFERENCES apprentices.apprentice (id) ON DELETE CASCADE
);
CREATE INDEX decision_apprentice_id_ix ON gateway.decision (apprentice_id);
CREATE TABLE gateway.item (
	id UUID NOT NULL, 
	apprentice_id UUID NOT NULL, 
	requirement TEXT NOT NULL, 
	position INTEGER NOT NULL, 
	label TEXT NOT NULL, 
	state TEXT NOT NULL, 
	met BOOLEAN NOT NULL, 
	since DATE, 
	overlay TEXT, 
	rejection TEXT, 
	filed_by TEXT, 
	filed_at TIMESTAMP WITH TIME ZONE, 
	version INTEGER DEFAULT '1' NOT NULL, 
	CONSTRAINT item_pk PRIMARY KEY (apprentice_id, requirement), 
	CONSTRAINT item_apprentice_id_fk FOREIGN KEY(apprentice_id) REFERENCES apprentices.apprentice (id) ON DELETE CASCADE
);
CREATE TABLE gateway.nomination (
	id UUID NOT NULL, 
	apprentice_id UUID NOT NULL, 
	position INTEGER NOT NULL, 
	epao_party_id UUID NOT NULL, 
	epao_organisation_id UUID NOT NULL, 
	state TEXT NOT NULL, 
	nominated_on DATE NOT NULL, 
	answered_on DATE, 
	ended_on DATE, 
	version INTEGER DEFAULT '1' NOT NULL, 
	CONSTRAINT nomination_pk PRIMARY KEY (id), 
	CONSTRAINT nomination_apprentice_id_position_uq UNIQUE (apprentice_id, position), 
	CONSTRAINT nomination_apprentice_id_fk FOREIGN KEY(apprentice_id) REFERENCES apprentices.apprentice (id) ON DELETE CASCADE
);
CREATE INDEX nomination_apprentice_id_ix ON gateway.nomination (apprentice_id);
CREATE TABLE gateway.readiness (
	apprentice_id UUID NOT NULL, 
	status TEXT NOT NULL, 
	ready_from DATE, 
	overlays TEXT[] NOT NULL, 
	CONSTRAINT readiness_pk PRIMARY KEY (apprentice_id), 
	CONSTRAINT readiness_apprentice_id_fk FOREIGN KEY(apprentice_id) REFERENCES apprentices.apprentice (id) ON DELETE CASCADE
);
CREATE TABLE grades.assessment (
	apprentice_id UUID NOT NULL, 
	audience TEXT NOT NULL, 
	method TEXT NOT NULL, 
	position INTEGER NOT NULL, 
	attempt INTEGER NOT NULL, 
	sealed BYTEA, 
	grade TEXT, 
	CONSTRAINT assessment_pk PRIMARY KEY (apprentice_id, audience, method), 
	CONSTRAINT assessment_embargo CHECK ((audience = 'epao' or sealed is null) and (sealed is null) <> (grade is null)), 
	CONSTRAINT assessment_apprentice_id_fk FOREIGN KEY(apprentice_id) REFERENCES apprentices.apprentice (id) ON DELETE CASCADE
);
CREATE TABLE grades.authenticity (
	id UUID NOT NULL, 
	apprentice_id UUID NOT NULL, 
	component TEXT NOT NULL, 
	attempt INTEGER NOT NULL, 
	sha256 TEXT NOT NULL, 
	on_date DATE NOT NULL, 
	by_reference TEXT NOT NULL, 
	by_name TEXT NOT NULL, 
	by_role TEXT NOT NULL, 
	actor_party_id UUID NOT NULL, 
	actor_client TEXT NOT NULL, 
	at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT authenticity_pk PRIMARY KEY (id), 
	CONSTRAINT authenticity_apprentice_id_component_attempt_sha256_uq UNIQUE (apprentice_id, component, attempt, sha256), 
	CONSTRAINT authenticity_apprentice_id_fk FOREIGN KEY(apprentice_id) REFERENCES apprentices.apprentice (id) ON DELETE CASCADE
);
CREATE INDEX authenticity_apprentice_id_ix ON grades.authenticity (apprentice_id);
CREATE TABLE grades.booking (
	apprentice_id UUID NOT NULL, 
	component TEXT NOT NULL, 
	attempt INTEGER NOT NULL, 
	on_date DATE NOT NULL, 
	version INTEGER DEFAULT '1' NOT NULL, 
	CONSTRAINT booking_pk PRIMARY KEY (apprentice_id, component, attempt), 
	CONSTRAINT booking_apprentice_id_fk FOREIGN KEY(apprentice_id) REFERENCES apprentices.apprentice (id) ON DELETE CASCADE
);
CREATE TABLE grades.grade (
	apprentice_id UUID NOT NULL, 
	audience TEXT NOT NULL, 
	sealed BYTEA, 
	overall TEXT, 
	capped BOOLEAN, 
	released_on DATE, 
	CONSTRAINT grade_pk PRIMARY KEY (apprentice_id, audience), 
	CONSTRAINT grade_embargo CHECK ((audience = 'epao' or sealed is null) and (sealed is null) <> (overall is null)), 
	CONSTRAINT grade_apprentice_id_fk FOREIGN KEY(apprentice_id) REFERENCES apprentices.apprentice (id) ON DELETE CASCADE
);
CREATE TABLE grades.release (
	id UUID NOT NULL, 
	apprentice_id UUID NOT NULL, 
	overall TEXT NOT NULL, 
	on_date DATE NOT NULL, 
	by_reference TEXT NOT NULL, 
	by_name TEXT NOT NULL, 
	by_role TEXT NOT NULL, 
	actor_party_id UUID NOT NULL, 
	actor_client TEXT NOT NULL, 
	at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT release_pk PRIMARY KEY (id), 
	CONSTRAINT release_apprentice_id_fk FOREIGN KEY(apprentice_id) REFERENCES apprentices.apprentice (id) ON DELETE CASCADE
);
CREATE INDEX release_apprentice_id_ix ON grades.release (apprentice_id);
CREATE TABLE grades.resit (
	id UUID NOT NULL, 
	apprentice_id UUID NOT NULL, 
	method TEXT NOT NULL, 
	attempt INTEGER NOT NULL, 
	kind TEXT NOT NULL, 
	agreed_on DATE NOT NULL, 
	action_plan BOOLEAN NOT NULL, 
	by_reference TEXT NOT NULL, 
	by_name TEXT NOT NULL, 
	by_role TEXT NOT NULL, 
	actor_party_id UUID NOT NULL, 
	actor_client TEXT NOT NULL, 
	at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT resit_pk PRIMARY KEY (id), 
	CONSTRAINT resit_apprentice_id_method_attempt_uq UNIQUE (apprentice_id, method, attempt), 
	CONSTRAINT resit_apprentice_id_fk FOREIGN KEY(apprentice_id) REFERENCES apprentices.apprentice (id) ON DELETE CASCADE
);
CREATE INDEX resit_apprentice_id_ix ON grades.resit (apprentice_id);
CREATE TABLE grades.result (
	id UUID NOT NULL, 
	apprentice_id UUID NOT NULL, 
	method TEXT NOT NULL, 
	attempt INTEGER NOT NULL, 
	version INTEGER NOT NULL, 
	sealed BYTEA NOT NULL, 
	grade TEXT, 
	counts_as TEXT, 
	current BOOLEAN NOT NULL, 
	digest BYTEA NOT NULL, 
	assessor TEXT NOT NULL, 
	released_on DATE, 
	epao_party_id UUID NOT NULL, 
	by_reference TEXT NOT NULL, 
	by_name TEXT NOT NULL, 
	by_role TEXT NOT NULL, 
	actor_party_id UUID NOT NULL, 
	actor_client TEXT NOT NULL, 
	at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT result_pk PRIMARY KEY (id), 
	CONSTRAINT result_apprentice_id_epao_party_id_method_attempt_version_uq UNIQUE (apprentice_id, epao_party_id, method, attempt, version), 
	CONSTRAINT result_embargo CHECK (released_on is not null or (grade is null and counts_as is null)), 
	CONSTRAINT result_apprentice_id_fk FOREIGN KEY(apprentice_id) REFERENCES apprentices.apprentice (id) ON DELETE CASCADE
);
CREATE INDEX result_apprentice_id_ix ON grades.result (apprentice_id);
CREATE TABLE grades.standing (
	apprentice_id UUID NOT NULL, 
	achieved BOOLEAN NOT NULL, 
	offered TEXT[] NOT NULL, 
	to_release BOOLEAN NOT NULL, 
	due_on DATE, 
	CONSTRAINT standing_pk PRIMARY KEY (apprentice_id), 
	CONSTRAINT standing_apprentice_id_fk FOREIGN KEY(apprentice_id) REFERENCES apprentices.apprentice (id) ON DELETE CASCADE
);
CREATE TABLE hub.card (
	party_id UUID NOT NULL, 
	apprentice_id UUID NOT NULL, 
	kind TEXT NOT NULL, 
	reach SMALLINT NOT NULL, 
	opened_on DATE NOT NULL, 
	closed_on DATE DEFAULT 'infinity' NOT NULL, 
	status TEXT NOT NULL, 
	readiness TEXT NOT NULL, 
	ready_from DATE, 
	next_party TEXT, 
	due_on DATE, 
	my_reference TEXT, 
	uln TEXT, 
	given_names TEXT, 
	family_name TEXT, 
	standard_id UUID NOT NULL, 
	region TEXT, 
	intake TEXT, 
	expected_gateway_on DATE, 
	start_on DATE, 
	name_sort TEXT COLLATE "C" NOT NULL, 
	due_sort DATE NOT NULL, 
	gateway_sort DATE NOT NULL, 
	start_sort DATE NOT NULL, 
	CONSTRAINT card_pk PRIMARY KEY (party_id, apprentice_id), 
	CONSTRAINT card_apprentice_id_fk FOREIGN KEY(apprentice_id) REFERENCES apprentices.apprentice (id) ON DELETE CASCADE
);
CREATE INDEX card_due_ix ON hub.card (party_id, due_sort, apprentice_id);
CREATE INDEX card_gateway_ix ON hub.card (party_id, gateway_sort, apprentice_id);
CREATE INDEX card_intake_ix ON hub.card (party_id, intake, name_sort, apprentice_id);
CREATE INDEX card_name_ix ON hub.card (party_id, name_sort, apprentice_id);
CREATE INDEX card_reference_ix ON hub.card (party_id, my_reference);
CREATE INDEX card_start_ix ON hub.card (party_id, start_sort, apprentice_id);
CREATE INDEX card_uln_ix ON hub.card (party_id, uln);
CREATE TABLE hub.tick (
	apprentice_id UUID NOT NULL, 
	rule TEXT NOT NULL, 
	on_date DATE NOT NULL, 
	CONSTRAINT tick_pk PRIMARY KEY (apprentice_id, rule, on_date), 
	CONSTRAINT tick_apprentice_id_fk FOREIGN KEY(apprentice_id) REFERENCES apprentices.apprentice (id) ON DELETE CASCADE
);
CREATE TABLE portfolios.acknowledgement (
	id UUID NOT NULL, 
	apprentice_id UUID NOT NULL, 
	hash TEXT NOT NULL, 
	epao_party_id UUID NOT NULL, 
	on_date DATE NOT NULL, 
	actor_party_id UUID NOT NULL, 
	actor_client TEXT NOT NULL, 
	at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT acknowledgement_pk PRIMARY KEY (id), 
	CONSTRAINT acknowledgement_apprentice_id_fk FOREIGN KEY(apprentice_id) REFERENCES apprentices.apprentice (id) ON DELETE CASCADE, 
	CONSTRAINT acknowledgement_epao_party_id_fk FOREIGN KEY(epao_party_id) REFERENCES apprentices.party (id)
);
CREATE INDEX acknowledgement_apprentice_id_ix ON portfolios.acknowledgement (apprentice_id);
CREATE TABLE portfolios.coverage (
	apprentice_id UUID NOT NULL, 
	ksb TEXT NOT NULL, 
	position INTEGER NOT NULL, 
	pieces INTEGER NOT NULL, 
	CONSTRAINT coverage_pk PRIMARY KEY (apprentice_id, ksb), 
	CONSTRAINT coverage_apprentice_id_fk FOREIGN KEY(apprentice_id) REFERENCES apprentices.apprentice (id) ON DELETE CASCADE
);
CREATE TABLE portfolios.evidence (
	id UUID NOT NULL, 
	apprentice_id UUID NOT NULL, 
	position INTEGER NOT NULL, 
	type TEXT NOT NULL, 
	ksbs TEXT[] NOT NULL, 
	sha256 TEXT NOT NULL, 
	link TEXT NOT NULL, 
	filed_by TEXT NOT NULL, 
	on_behalf_of_apprentice BOOLEAN NOT NULL, 
	filed_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT evidence_pk PRIMARY KEY (id), 
	CONSTRAINT evidence_apprentice_id_fk FOREIGN KEY(apprentice_id) REFERENCES apprentices.apprentice (id) ON DELETE CASCADE
);
CREATE INDEX evidence_apprentice_id_ix ON portfolios.evidence (apprentice_id);
CREATE TABLE portfolios.portfolio (
	apprentice_id UUID NOT NULL, 
	state TEXT NOT NULL, 
	hash TEXT NOT NULL, 
	pieces INTEGER NOT NULL, 
	missing TEXT[] NOT NULL, 
	warnings TEXT[] NOT NULL, 
	version INTEGER DEFAULT '1' NOT NULL, 
	CONSTRAINT portfolio_pk PRIMARY KEY (apprentice_id), 
	CONSTRAINT portfolio_apprentice_id_fk FOREIGN KEY(apprentice_id) REFERENCES apprentices.apprentice (id) ON DELETE CASCADE
);
CREATE TABLE portfolios.validation (
	id UUID NOT NULL, 
	apprentice_id UUID NOT NULL, 
	hash TEXT NOT NULL, 
	declaration_version TEXT NOT NULL, 
	on_date DATE NOT NULL, 
	voided BOOLEAN DEFAULT false NOT NULL, 
	by_reference TEXT NOT NULL, 
	by_name TEXT NOT NULL, 
	by_role TEXT NOT NULL, 
	actor_party_id UUID NOT NULL, 
	actor_client TEXT NOT NULL, 
	at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT validation_pk PRIMARY KEY (id), 
	CONSTRAINT validation_apprentice_id_fk FOREIGN KEY(apprentice_id) REFERENCES apprentices.apprentice (id) ON DELETE CASCADE
);
CREATE INDEX validation_apprentice_id_ix ON portfolios.validation (apprentice_id);
CREATE TABLE grades.breach (
	id UUID NOT NULL, 
	apprentice_id UUID NOT NULL, 
	result_id UUID NOT NULL, 
	rule TEXT NOT NULL, 
	position INTEGER NOT NULL, 
	component TEXT, 
	sealed BYTEA NOT NULL, 
	dispensed BOOLEAN NOT NULL, 
	CONSTRAINT breach_pk PRIMARY KEY (id), 
	CONSTRAINT breach_apprentice_id_fk FOREIGN KEY(apprentice_id) REFERENCES apprentices.apprentice (id) ON DELETE CASCADE, 
	CONSTRAINT breach_result_id_fk FOREIGN KEY(result_id) REFERENCES grades.result (id) ON DELETE CASCADE
);
CREATE INDEX breach_apprentice_id_ix ON grades.breach (apprentice_id);
CREATE TABLE grades.result_component (
	apprentice_id UUID NOT NULL, 
	result_id UUID NOT NULL, 
	component TEXT NOT NULL, 
	position INTEGER NOT NULL, 
	sealed BYTEA NOT NULL, 
	document TEXT, 
	theme TEXT, 
	CONSTRAINT result_component_pk PRIMARY KEY (result_id, component), 
	CONSTRAINT result_component_apprentice_id_fk FOREIGN KEY(apprentice_id) REFERENCES apprentices.apprentice (id) ON DELETE CASCADE, 
	CONSTRAINT result_component_result_id_fk FOREIGN KEY(result_id) REFERENCES grades.result (id) ON DELETE CASCADE
);
CREATE INDEX result_component_apprentice_id_ix ON grades.result_component (apprentice_id);
