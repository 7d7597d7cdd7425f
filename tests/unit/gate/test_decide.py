import datetime

from hauberk.core.digest import Digest
from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.gap import Gap
from hauberk.core.report import Examined, Report
from hauberk.core.verdict import Word
from hauberk.gate.accept import against_baseline, set_aside
from hauberk.gate.decide import decide
from hauberk.gate.settings import Acceptance, PathSettings, Settings

DIGEST = Digest("ab" * 32)
HIGH = Finding("MDL001", Place("m.pkl", 7), "calls posix.system", "posix.system", Severity.HIGH)
INNER = Finding("MDL001", Place("a.zip!m.pkl", 7), "calls posix.system", "posix.system", Severity.HIGH)
LOW = Finding("MDL130", Place("m.pkl"), "no card", "", Severity.LOW)
GAP = Gap(Place("x.bin"), "malformed", "ends early")
ASSETS = (Examined("m.pkl", 9, ("pickle",), DIGEST), Examined("a.zip", 9, ("zip",), DIGEST))
TODAY = datetime.date(2030, 1, 31)


def word(report: Report, settings: Settings | None = None) -> Word:
    return decide(report, settings or Settings(), {}).word


def test_a_finding_stops_even_beside_a_gap() -> None:
    assert word(Report(ASSETS, (HIGH,), (GAP,))) is Word.STOP


def test_a_gap_is_never_a_pass() -> None:
    assert word(Report(ASSETS, (LOW,), (GAP,))) is Word.UNKNOWN


def test_nothing_examined_is_never_a_pass() -> None:
    assert word(Report()) is Word.UNKNOWN
    assert word(Report((Examined("empty.json", 0, ("json",)),))) is Word.UNKNOWN


def test_findings_below_the_bar_pass() -> None:
    assert word(Report(ASSETS, (LOW,))) is Word.PASS
    assert word(Report(ASSETS, (LOW,)), Settings(stop=Severity.INFO)) is Word.STOP


def test_a_path_has_its_own_bar() -> None:
    settings = Settings(paths=(PathSettings("m.*", Severity.CRITICAL),))
    assert word(Report(ASSETS, (HIGH,)), settings) is Word.PASS
    assert word(Report(ASSETS, (INNER,)), settings) is Word.STOP


def test_an_acceptance_holds_to_its_last_day_and_is_counted() -> None:
    acceptance = Acceptance("a fixture", TODAY, fingerprint=HIGH.fingerprint)
    report = set_aside(Report(ASSETS, (HIGH,)), Settings(accept=(acceptance,)), TODAY)
    assert (report.findings, len(report.accepted)) == ((), 1)
    after = set_aside(Report(ASSETS, (HIGH,)), Settings(accept=(acceptance,)), TODAY + datetime.timedelta(1))
    assert (len(after.findings), after.accepted) == (1, ())


def test_an_acceptance_by_digest_covers_what_is_inside() -> None:
    acceptance = Acceptance("a fixture", TODAY, rule="MDL001", digest=str(DIGEST))
    report = set_aside(Report(ASSETS, (HIGH, INNER, LOW)), Settings(accept=(acceptance,)), TODAY)
    assert report.findings == (LOW,)


def test_a_changed_file_is_no_longer_accepted() -> None:
    acceptance = Acceptance("a fixture", TODAY, rule="MDL001", digest=str(Digest("cd" * 32)))
    report = set_aside(Report(ASSETS, (HIGH,)), Settings(accept=(acceptance,)), TODAY)
    assert report.findings == (HIGH,)


def test_a_gap_can_be_accepted_too() -> None:
    acceptance = Acceptance("a half file on purpose", TODAY, fingerprint=GAP.fingerprint)
    assert word(set_aside(Report(ASSETS, (), (GAP,)), Settings(accept=(acceptance,)), TODAY)) is Word.PASS


def test_a_disabled_rule_is_silent_where_it_is_disabled() -> None:
    settings = Settings(paths=(PathSettings("m.pkl", disable=("MDL001",)),))
    assert set_aside(Report(ASSETS, (HIGH, INNER)), settings, TODAY).findings == (INNER,)


def test_a_baseline_leaves_what_is_new() -> None:
    moved = Finding("MDL001", Place("m.pkl", 99), "calls posix.system", "posix.system", Severity.HIGH)
    report = against_baseline(Report(ASSETS, (moved, INNER)), [HIGH.fingerprint])
    assert report.findings == (INNER,)
