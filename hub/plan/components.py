"""What happened in one component of a method, held against the plan: lengths, questions, words, content, authorship."""

from hub.plan.facts import ComponentResult
from hub.plan.model import Plan
from hub.plan.parts import Component, Duration, Method, Questions, Words
from hub.plan.verdicts import Findings


def judge_component(
    plan: Plan, method: Method, component: Component, result: ComponentResult, assessor: str, found: Findings
) -> None:
    """Files everything the plan has to say about one component's facts."""
    passed = _passes(plan, result)
    if passed:
        _stated(component, result, method.assessor_rule, found)
    if component.duration and result.minutes is not None:
        _minutes(component, component.duration, result, result.minutes, found)
    if component.questions:
        _questions(component, component.questions, result, found)
    if component.words and result.words is not None:
        _words(component, component.words, result.words, found)
    _content(component, result, found)
    _ksbs(plan, method, component, result, found)
    _authorship(method, component, result, assessor, passed, found)
    _place(component, result, found)


def _passes(plan: Plan, result: ComponentResult) -> bool:
    grade = plan.grade(result.outcome)
    return grade is not None and grade.passing


def _stated(component: Component, result: ComponentResult, rule: str, found: Findings) -> None:
    """A component that passes states what the plan measures; one that failed may have had nothing to measure."""
    questions = component.questions
    wanted = {
        "heldOn": (component.held, result.held_on),
        "submittedOn": (component.document, result.submitted_on),
        "document": (component.document, result.document),
        "minutes": (component.duration is not None, result.minutes),
        "words": (component.words is not None, result.words),
        "bankQuestions": (questions is not None, result.bank_questions),
        "ownQuestions": (questions is not None, result.own_questions),
    }
    for name, (needed, value) in wanted.items():
        if needed and value is None:
            found.refuse("INPUT_INVALID", f"{component.label}: {name} is missing.", name, rule)


def _minutes(component: Component, rule: Duration, result: ComponentResult, minutes: int, found: Findings) -> None:
    most = rule.minutes * (100 + rule.extend_percent) // 100 + max(result.extra_minutes, 0)
    if minutes > most:
        sentence = f"{component.label}: {minutes} minutes, {most} at most."
        found.add(rule.extend_rule, "RULE_BROKEN", sentence, "minutes", component.code)
    elif rule.exact and minutes < rule.minutes:
        sentence = f"{component.label}: {minutes} minutes instead of {rule.minutes}."
        found.add(rule.rule, "RULE_BROKEN", sentence, "minutes", component.code)
    typical = rule.typical_parts
    if rule.typical_rule and typical and result.presenting_minutes is not None:
        parts = (result.presenting_minutes, minutes - result.presenting_minutes)
        if parts != typical:
            sentence = f"{component.label}: {parts[0]} and {parts[1]} minutes; {typical[0]} and {typical[1]} are typical."
            found.add(rule.typical_rule, "RULE_BROKEN", sentence, "presentingMinutes", component.code)


def _questions(component: Component, rule: Questions, result: ComponentResult, found: Findings) -> None:
    bank, own = result.bank_questions, result.own_questions
    if bank is None or own is None:
        return
    if bank + own < rule.minimum:
        sentence = f"{component.label}: {bank + own} questions, at least {rule.minimum} are asked."
        found.add(rule.rule, "RULE_BROKEN", sentence, "bankQuestions", component.code)
    if rule.combine and rule.combine_rule and not (bank and own):
        sentence = f"{component.label}: questions come from the question bank and from the assessor, not from one alone."
        found.add(rule.combine_rule, "RULE_BROKEN", sentence, "ownQuestions", component.code)


def _words(component: Component, rule: Words, words: int, found: Findings) -> None:
    # Percent of whole words, in whole numbers: in floating point 3250 x 1.1 is more than 3575.
    if words * 100 > rule.count * (100 + rule.tolerance_percent):
        most = rule.count * (100 + rule.tolerance_percent) // 100
        sentence = f"{component.label}: {words} words, {most} at most."
        found.add(rule.over_rule, "RULE_BROKEN", sentence, "words", component.code)
    elif words > rule.count:
        sentence = f"{component.label}: {words} words, over {rule.count} and within the tolerance."
        found.note(rule.over_rule, sentence, "words", component.code)
    elif words * 100 < rule.count * (100 - rule.tolerance_percent):
        sentence = f"{component.label}: {words} words, fewer than the tolerance below {rule.count}."
        found.add(rule.under_rule, "RULE_BROKEN", sentence, "words", component.code)


def _content(component: Component, result: ComponentResult, found: Findings) -> None:
    if result.sections is None:
        return
    for code in dict.fromkeys(result.sections):
        if code not in {each.code for each in component.sections}:
            found.refuse("INPUT_INVALID", f"{component.label}: no such section.", "sections")
    for section in component.sections:
        if section.code not in result.sections:
            sentence = f"{component.label}: {section.label} is missing."
            found.add(section.rule, "RULE_BROKEN", sentence, "sections", component.code)


def _ksbs(plan: Plan, method: Method, component: Component, result: ComponentResult, found: Findings) -> None:
    if result.ksbs is None:
        return
    for code in dict.fromkeys(result.ksbs):
        if plan.ksb(code) is None:
            found.refuse("KSB_UNKNOWN", None, "ksbs", method.ksb_rule)
    missing = [code for code in plan.mapped_ksbs(method.code) if code not in result.ksbs]
    if missing:
        sentence = f"{component.label}: {', '.join(missing)} not covered."
        found.add(method.ksb_rule, "RULE_BROKEN", sentence, "ksbs", component.code)


def _authorship(
    method: Method, component: Component, result: ComponentResult, assessor: str, passed: bool, found: Findings
) -> None:
    if result.marker and result.marker != assessor and component.marker_rule is None:
        sentence = f"{component.label}: only the independent assessor assesses it."
        found.refuse("RULE_BROKEN", sentence, "marker", method.assessor_rule)
    if component.authenticity_rule is None or not (passed or result.document):
        return
    if result.authenticity_confirmed_on is None:
        sentence = f"{component.label}: the employer has not confirmed that it is the apprentice's own work."
        found.add(component.authenticity_rule, "RULE_BROKEN", sentence, "authenticityConfirmedOn", component.code)


def _place(component: Component, result: ComponentResult, found: Findings) -> None:
    if result.remote and component.remote_rule and not (component.remote and result.identity_verified):
        sentence = (
            f"{component.label}: held by video without verifying identity and that nobody helped."
            if component.remote
            else f"{component.label}: not to be held by video."
        )
        found.add(component.remote_rule, "RULE_BROKEN", sentence, "remote", component.code)
    if component.audio_rule and result.audio_recorded is False:
        sentence = f"{component.label}: no audio record was made."
        found.add(component.audio_rule, "RULE_BROKEN", sentence, "audioRecorded", component.code)
