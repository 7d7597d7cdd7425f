"""Any bytes under any name of a pipeline give views, a gap or UnreadableAsset, and soon."""

import random
import time
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hauberk.core.asset import Asset, Bytes
from hauberk.core.errors import UnreadableAsset
from hauberk.formats.recognise import recognise
from hauberk.scan.examine import examine

SEEDS = {
    ".gitlab-ci.yml": b"stages: [a, b]\n.x: &x\n  script: [docker build -t a ., {b: c}]\njob:\n  "
    b"extends: [.x, job]\n"
    b"  <<: *x\n  needs: [{job: a}]\n  script:\n    - !reference [.x, script]\n    - trivy image a || true\n"
    b"  artifacts: {paths: [a.tar], reports: {sast: [x]}}\n  rules: [{if: $A}]\n",
    ".github/workflows/a.yml": b"on: {pull_request_target: }\npermissions: write-all\njobs:\n  a:\n    "
    b"if: |\n     ${{ x }}\n"
    b"    runs-on: [self-hosted]\n    strategy: {matrix: {i: [a, b]}}\n    container: ${{ matrix.i }}\n  "
    b"  steps:\n"
    b"      - uses: actions/checkout@v4\n        with: {ref: '${{ github.head_ref }}'}\n      - run: |\n"
    b"          echo ${{ github.event.issue.title }} >> $GITHUB_ENV\n          curl -k http://x/y | sh\n",
    "action.yml": b"runs:\n  using: composite\n  steps:\n    - run: echo ${{ inputs.a }}\n      shell: "
    b"bash\n",
    ".github/dependabot.yml": b"updates:\n  - package-ecosystem: pip\n    cooldown: {default-days: 3}\n",
    ".pre-commit-config.yaml": b"repos:\n  - repo: http://github.com/a/b\n    rev: v1\n    hooks: [{id: "
    b"x}]\n",
    "argo.yaml": b"apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nspec:\n  templates:\n  - name: a\n"
    b"    script: {image: b, command: [sh], source: x}\n    container: {args: [-c, y], env: [{name: C}]}\n",
    "azure-pipelines.yml": b"trigger: none\nvariables: [{name: A_TOKEN, value: abcdef12}, {template: "
    b"x}]\nstages:\n- stage: a\n"
    b"  jobs:\n  - deployment: d\n    strategy: {runOnce: {deploy: {steps: [{script: a}, {task: B@1, "
    b"inputs: {script: b}}]}}}\n",
    "buildspec.yml": b"version: 0.2\nenv: {variables: {A: b}}\nphases:\n  build:\n    on-failure: "
    b"CONTINUE\n    commands: [a]\n",
    "Jenkinsfile": b"@Library('a') _\npipeline { agent any\n environment { A_TOKEN = 'x' }\n stages { "
    b"stage('b') { steps {\n"
    b" sh \"echo ${params.X}\"\n sh(script: '''a\nb''', returnStatus: true)\n } } } }\n",
    "Dockerfile": b"ARG A=1\nFROM x:$A AS b\nRUN --mount=type=cache,target=/x a && \\\n # c\n b\nRUN "
    b"<<EOF\nx\nEOF\n"
    b'COPY --from=b . /c\nENV A=b C_TOKEN=defghijk\nUSER root\nCMD ["a"]\n',
}


@pytest.mark.parametrize("name", SEEDS)
@settings(max_examples=40, deadline=None)
@given(octets=st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(name: str, octets: bytes) -> None:
    asset = Asset(name, Bytes(octets))
    for each in recognise(asset):
        with suppress(UnreadableAsset):
            list(each.read(asset))


@pytest.mark.parametrize("name", SEEDS)
@settings(max_examples=80, deadline=None)
@given(seed=st.integers(0, 1 << 30))
def test_mutated_pipelines_are_examined(name: str, seed: int) -> None:
    rng, octets = random.Random(seed), bytearray(SEEDS[name])
    for _ in range(rng.randint(1, 6)):
        at = rng.randrange(len(octets))
        octets[at : at + rng.randint(0, 3)] = rng.choice(
            [b"", b"\0", b"\xff", b"[", b"{", b'"', b"\n", b":", b"*x", b"&x ", b"|", b"$("]
        )
    examine(Asset(name, Bytes(bytes(octets) or b"x")))


LAUGHS = b"a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + b"".join(
    b"a%d: &a%d [%s]\n" % (n, n, b", ".join([b"*a%d" % (n - 1)] * 10)) for n in range(1, 10)
)
HOSTILE = [
    LAUGHS,
    b"a: &a [*a]\n",
    b"[" * 100_000,
    b"job:\n  script:\n    - " + b"$(" * 300_000,
    b"job:\n  script:\n    - " + b"a|" * 300_000,
    b"job:\n  script: |\n" + b"    cat <<E\n" * 50_000,
    b"job: &j\n  extends: [" + b"job, " * 3_000 + b"]\n  script: [x]\n",
    b"".join(b"j%d: {script: [docker build -t a .], stage: deploy}\n" % n for n in range(3_000)),
    b"a: " + b"x" * 5_000_000,
    b"job:\n  script:\n" + b"    - trivy image a\n" * 5_000,
    b"on: pull_request_target\njobs:\n"
    + b"".join(
        b"  j%d: {steps: [{run: 'echo ${{ github.head_ref }} | sh'}, {uses: a/b@v1}]}\n" % n
        for n in range(3_000)
    ),
    b"on: push\njobs:\n a:\n  steps:\n  - run: |\n" + b"     echo ${{ steps.a.outputs.b }}\n" * 20_000,
    b"FROM x\nRUN " + b"a && \\\n" * 100_000,
    b"FROM x\n" + b"RUN curl -o a.sh https://x/a.sh\n" * 4_000 + b"RUN sh a.sh\n",
    b"FROM x\nENV A=" + b"$" * 500_000,
    b"deploy:\n  stage: deploy\n  script: ['docker build -t a/b:1 .', '"
    + b"a" * 500_000
    + b" train"
    + b"_a" * 200_000
    + b" "
    + b"gpg " * 100_000
    + b"']\n",
    b"on: push\njobs:\n a:\n  steps:\n  - run: echo ${{ env.a "
    + b"a==" * 200_000
    + b"| }} "
    + b"github.event.commits " * 20_000
    + b"\n",
    b"FROM x\n" + b"COPY --from=0 --from=1 a b\n" * 4_000,
    b"pipeline {\n" + b"stage('a') {\n" * 50_000,
    b'sh "' + b"${params.A} " * 50_000 + b'"\n',
    b"'''" * 100_001,
    b"/*" * 200_000,
    b"trigger: x\nsteps:\n" + b"- script: echo $(Build.SourceBranchName)\n" * 5_000,
]


@pytest.mark.parametrize("name", SEEDS)
@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_hostile_pipelines_end_soon(name: str, number: int) -> None:
    began = time.process_time()
    examine(Asset(name, Bytes(HOSTILE[number])))
    assert time.process_time() - began < 10


@pytest.mark.parametrize("octets", [b"a: &a [*a]\n", LAUGHS, b"a: [\n", b"- }"])
def test_what_cannot_be_read_is_a_gap(octets: bytes) -> None:
    assert examine(Asset(".gitlab-ci.yml", Bytes(octets))).gaps
