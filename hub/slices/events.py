"""Which events each kind of party hears, and from which reach of its card on: event type × party kind.

What is not in a row is never told: a provider hears nothing of attendance, outcome or re-sit before release (EPA-107).
"""

from collections.abc import Mapping

from hub.slices.rows import CHECKLIST, FULL, IDENTITY, NAMED
from hub.viewer import PartyKind

EMPLOYER, PROVIDER, EPAO = PartyKind.EMPLOYER, PartyKind.PROVIDER, PartyKind.EPAO

_PROGRAMME = {EMPLOYER: IDENTITY, PROVIDER: IDENTITY}
_GATEWAY = {EMPLOYER: FULL, PROVIDER: FULL, EPAO: CHECKLIST}
_ANYBODY = {EMPLOYER: NAMED, PROVIDER: NAMED, EPAO: NAMED}
_EVERYBODY = {EMPLOYER: FULL, PROVIDER: FULL, EPAO: FULL}

EVENTS: Mapping[str, Mapping[PartyKind, int]] = {
    "apprentice.registered": _PROGRAMME,
    "apprentice.claimed": _PROGRAMME,
    "apprentice.confirmed": _PROGRAMME,
    "apprentice.declined": _PROGRAMME,
    "apprentice.changed": {EMPLOYER: FULL, PROVIDER: FULL, EPAO: IDENTITY},
    "apprentice.contact_changed": _EVERYBODY,
    "apprentice.transferred": {EMPLOYER: IDENTITY, PROVIDER: FULL, EPAO: IDENTITY},
    "apprentice.merged": {EMPLOYER: FULL, PROVIDER: FULL},
    "apprentice.left": {EMPLOYER: NAMED, PROVIDER: NAMED, EPAO: NAMED},
    "apprentice.restricted": _ANYBODY,
    "apprentice.unrestricted": _ANYBODY,
    "apprentice.erasure_asked": {EMPLOYER: FULL, PROVIDER: FULL},
    "apprentice.erased": _ANYBODY,
    "gateway.item_filed": _GATEWAY,
    "gateway.item_accepted": _GATEWAY,
    "gateway.item_rejected": _GATEWAY,
    "gateway.ready": {EMPLOYER: FULL, PROVIDER: FULL},
    "gateway.epao_nominated": {EMPLOYER: FULL, PROVIDER: FULL, EPAO: NAMED},
    "gateway.epao_accepted": {EMPLOYER: FULL, PROVIDER: FULL, EPAO: IDENTITY},
    "gateway.epao_declined": {EMPLOYER: FULL, PROVIDER: FULL, EPAO: NAMED},
    "gateway.passed": _EVERYBODY,
    "portfolio.changed": {EMPLOYER: FULL, PROVIDER: FULL},
    "portfolio.validated": {EMPLOYER: FULL, PROVIDER: FULL},
    "portfolio.acknowledged": _EVERYBODY,
    "assessment.scheduled": _EVERYBODY,
    "assessment.authenticated": {EMPLOYER: FULL, EPAO: FULL},
    "assessment.started": _EVERYBODY,
    "result.posted": {EPAO: FULL},
    "result.corrected": {EPAO: FULL},
    "result.dispensed": {EPAO: FULL},
    "result.unsealed": {EPAO: FULL},
    "grade.released": _EVERYBODY,
    "resit.agreed": {EMPLOYER: FULL, EPAO: FULL},
    "resit.scheduled": {EMPLOYER: FULL, EPAO: FULL},
    "retake.agreed": _EVERYBODY,
}
