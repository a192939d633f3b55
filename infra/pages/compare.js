// What is laid side by side: each row says which fields it needs and how they are shown.

import { made } from "/pages/api.js";

const plain = (value) => (value === null || value === undefined || value === "" ? null : String(value));
const words = (code) => (code ? code.charAt(0) + code.slice(1).toLowerCase().replaceAll("_", " ") : null);
const lines = (list, line) => (list?.length ? made("ul", {}, ...list.map((each) => made("li", {}, line(each)))) : null);
const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
const day = (text) => (text ? DAY.format(new Date(text)) : null);
const marked = (good, text) => made("span", { className: good ? "good" : "wait", textContent: text });

// `query` is the selection under apprentice; `needs` the fields a slice may refuse; `own` marks what each party keeps for itself.
export const ROWS = [
  { group: "Who" },
  { label: "Name", needs: ["Apprentice.givenNames", "Apprentice.familyName"], query: "givenNames familyName",
    show: (a) => plain([a.givenNames, a.familyName].filter(Boolean).join(" ")) },
  { label: "ULN", needs: ["Apprentice.uln"], query: "uln", show: (a) => plain(a.uln) },
  { label: "Your own reference", own: true, needs: ["Apprentice.myReference"], query: "myReference", show: (a) => plain(a.myReference) },
  { label: "Contact", needs: ["Apprentice.contact"], query: "contact { email phone }", show: (a) => plain(a.contact?.email ?? a.contact?.phone) },
  { group: "Apprenticeship" },
  { label: "Standard", needs: ["Apprentice.standard"], query: "standard { reference title }",
    show: (a) => plain(a.standard && [a.standard.reference, a.standard.title].filter(Boolean).join(" ")) },
  { label: "Employer", needs: ["Apprentice.employer"], query: "employer { name }", show: (a) => plain(a.employer?.name) },
  { label: "Training provider", needs: ["Apprentice.providers"], query: "providers { organisation { name } }",
    show: (a) => lines(a.providers, (each) => each.organisation.name) },
  { label: "Start and planned end", needs: ["Apprentice.startOn", "Apprentice.plannedEndOn"], query: "startOn plannedEndOn",
    show: (a) => (a.startOn ? `${day(a.startOn)} to ${day(a.plannedEndOn) ?? "open"}` : null) },
  { label: "Status, as this party knows it", needs: ["Apprentice.status"], query: "status", show: (a) => words(a.status) },
  { label: "Breaks and returns", needs: ["Apprentice.statusHistory"], query: "statusHistory { status onDate }",
    show: (a) => lines(a.statusHistory, (each) => `${words(each.status)}, ${day(each.onDate)}`) },
  { group: "Gateway" },
  { label: "Readiness", needs: ["Apprentice.gateway"], query: "gateway { readiness { status } }",
    show: (a) => (a.gateway.readiness.status === "NOT_SHARED" ? null : words(a.gateway.readiness.status)) },
  { label: "Checklist", needs: ["Apprentice.gateway"], query: "gateway { readiness { items { label met state } } }",
    show: (a) => lines(a.gateway.readiness.items, (each) => marked(each.met, `${each.label}: ${words(each.state).toLowerCase()}`)) },
  { label: "What is missing", needs: ["Apprentice.gateway"], query: "gateway { readiness { blockers { sentence } } }",
    show: (a) => lines(a.gateway.readiness.blockers, (each) => each.sentence) },
  { label: "Whose move, by when", needs: ["Apprentice.nextParty"], query: "nextParty dueOn", own: true,
    show: (a) => plain(a.nextParty && [a.nextParty === "EPAO" ? "EPAO" : words(a.nextParty), day(a.dueOn)].filter(Boolean).join(", ")) },
  { label: "Employer's decision", needs: ["Gateway.decision"], query: "gateway { decision { decidedOn by { name } } }",
    show: (a) => plain(a.gateway.decision && `${day(a.gateway.decision.decidedOn)}, ${a.gateway.decision.by?.name ?? ""}`) },
  { group: "Portfolio" },
  { label: "Pieces of evidence", needs: ["Apprentice.portfolio"], query: "portfolio { pieceCount state }", later: "after the gateway decision",
    show: (a) => plain(a.portfolio && `${a.portfolio.pieceCount}, ${words(a.portfolio.state).toLowerCase()}`) },
  { label: "Portfolio hash", needs: ["Portfolio.hash"], query: "portfolio { hash }", later: "after the gateway decision",
    show: (a) => plain(a.portfolio?.hash && `${a.portfolio.hash.slice(0, 16)}…`) },
  { group: "Assessment" },
  { label: "Results and assessor", needs: ["Apprentice.results"], query: "results { method grade assessor version current }",
    show: (a) => lines(a.results?.filter((each) => each.current), (each) => `${each.method}: ${words(each.grade)} (${each.assessor})`) },
  { label: "Grade of each method", needs: ["Apprentice.assessments"], query: "assessments { method grade }", later: "not released",
    show: (a) => lines(a.assessments, (each) => `${each.method}: ${words(each.grade)}`) },
  { label: "Overall grade", needs: ["Apprentice.grade"], query: "grade { overall releasedOn }", later: "not released",
    show: (a) => plain(a.grade && `${words(a.grade.overall)}${a.grade.releasedOn ? `, released ${day(a.grade.releasedOn)}` : ", not released"}`) },
];

export function build(refused) {
  const asked = ROWS.filter((row) => row.query && !row.needs.some((field) => refused.has(field))).map((row) => row.query);
  return `query SameApprentice($uln: String!) { apprentice(by: {uln: $uln}) { id ${asked.join(" ")} } }`;
}

export function seen(row, apprentice) {
  if (!apprentice) return null;
  try {
    return row.show(apprentice);
  } catch {
    return null;
  }
}
