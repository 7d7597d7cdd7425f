"""Pipelines of every platform as people write them: each fault at its line, and mended ones silent."""

from hauberk.core.asset import Asset, Bytes
from hauberk.core.finding import Severity
from hauberk.core.rule import severity_of
from hauberk.rules import load
from hauberk.scan.examine import examine

DIGEST = "@sha256:" + "1" * 64
COMMIT = "0123456789abcdef0123456789abcdef01234567"


def found(name: str, text: str, least: Severity = Severity.INFO) -> list[tuple[str, int | None]]:
    out = examine(Asset(name, Bytes(text.encode())))
    assert not out.gaps
    rules = load()
    told = [each for each in out.findings if severity_of(each, rules) >= least]
    return sorted({(each.rule, each.place.line) for each in told}, key=str)


def test_azure() -> None:
    text = """trigger: [main]
pr: ['*']
pool: {vmImage: ubuntu-24.04}
variables:
  - name: API_TOKEN
    value: 5f2c9e11aa77b3
resources:
  repositories:
    - repository: templates
      type: github
      name: org/templates
steps:
  - checkout: self
    persistCredentials: true
  - bash: echo "Branch $(Build.SourceBranchName)"
  - script: trivy image --exit-code 1 app
    continueOnError: true
  - task: Bash@3
    inputs:
      targetType: inline
      script: curl -sL https://example.org/x.sh | bash
"""
    assert found("azure-pipelines.yml", text, Severity.MEDIUM) == [
        ("PIP002", 16),
        ("PIP016", 21),
        ("PIP017", 5),
        ("PIP019", 15),
        ("PIP029", 9),
        ("PIP035", 14),
    ]


def test_azure_without_faults() -> None:
    text = f"""trigger: {{branches: {{include: [main]}}}}
pool: {{vmImage: ubuntu-24.04}}
stages:
  - stage: Build
    jobs:
      - job: build
        container: mcr.example.org/build{DIGEST}
        steps:
          - bash: make test
            env:
              BRANCH: $(Build.SourceBranchName)
  - stage: Deploy
    dependsOn: Build
    condition: and(succeeded(), eq(variables['Build.SourceBranch'], 'refs/heads/main'))
    jobs:
      - deployment: prod
        environment: production
        strategy:
          runOnce:
            deploy:
              steps:
                - script: helm upgrade app ./chart
"""
    assert found("azure-pipelines.yml", text) == []


def test_codebuild() -> None:
    text = """version: 0.2
env:
  variables:
    DB_PASSWORD: "hunter22hunter"
    AWS_SECRET_ACCESS_KEY: "wJalrXUtnFEMIzzzz7MDENGbPxRfiCYzzzzzzzzz"
phases:
  install:
    commands:
      - curl -s https://example.org/setup.sh | sh
  build:
    on-failure: CONTINUE
    commands:
      - grype app:latest --fail-on high
      - docker run --privileged builder
      - printenv
"""
    assert found("ci/buildspec.yml", text, Severity.MEDIUM) == [
        ("PIP002", 13),
        ("PIP016", 9),
        ("PIP017", 4),
        ("PIP017", 5),
        ("PIP018", 5),
        ("PIP020", 15),
        ("PIP022", 14),
    ]


def test_codebuild_without_faults() -> None:
    text = """version: 0.2
env:
  parameter-store: {DB_PASSWORD: /prod/db}
phases:
  build:
    commands: [make test, 'trivy image --exit-code 1 --skip-db-update app@$DIGEST']
artifacts: {files: [dist/**/*]}
"""
    assert found("buildspec.yml", text) == []


def test_jenkins() -> None:
    text = """@Library('shared@master') _
pipeline {
  agent any
  environment {
    NEXUS_PASSWORD = 'Sup3rS3cretValue'
    TOKEN = credentials('token-id')
  }
  stages {
    stage('Build') {
      agent { docker { image 'python:latest'; args '--privileged' } }
      steps {
        // sh "echo ${params.NOTHING}"
        sh "git checkout ${params.BRANCH}"
        sh 'curl -k https://example.org/a.bin -o a.bin'
      }
    }
    stage('Scan') {
      steps {
        catchError(buildResult: 'SUCCESS') {
          sh 'trivy image --exit-code 1 app'
        }
        sh '''
          bandit -r src || true
        '''
      }
    }
    stage('Deploy') {
      when { branch 'main' }
      steps { sh 'kubectl apply -f k8s/' }
    }
  }
}
"""
    assert found("Jenkinsfile", text, Severity.LOW) == [
        ("PIP001", 10),
        ("PIP002", 20),
        ("PIP002", 23),
        ("PIP017", 5),
        ("PIP019", 13),
        ("PIP021", 14),
        ("PIP022", 10),
        ("PIP029", 1),
        ("PIP036", 3),
    ]


def test_jenkins_without_faults() -> None:
    text = f"""@Library('shared@{COMMIT}') _
pipeline {{
  agent {{ docker {{ image 'python{DIGEST}' }} }}
  environment {{ PASSWORD = credentials('db') }}
  stages {{
    stage('Build') {{ steps {{ sh 'make test BRANCH="$BRANCH"' }} }}
    stage('Deploy') {{
      when {{ branch 'main' }}
      steps {{ input 'ship it?'; sh 'helm upgrade app ./chart' }}
    }}
  }}
}}
"""
    assert found("Jenkinsfile", text) == []


def test_github_with_an_agent_and_models() -> None:
    text = f"""name: train
on:
  pull_request_target:
permissions: write-all
jobs:
  train:
    runs-on: [self-hosted, gpu]
    steps:
      - uses: actions/checkout@{COMMIT}
        with:
          ref: ${{{{ github.event.pull_request.head.sha }}}}
          persist-credentials: false
      - uses: tj-actions/changed-files@main
      - run: |
          pip install torch
          hf download org/base-model
          python train.py --name "${{{{ github.head_ref }}}}"
      - run: claude -p "$BODY" --dangerously-skip-permissions
        env:
          BODY: ${{{{ github.event.pull_request.body }}}}
      - run: hf upload org/model out
"""
    assert found(".github/workflows/train.yml", text, Severity.LOW) == [
        ("PIP019", 17),
        ("PIP023", 16),
        ("PIP024", 21),
        ("PIP025", 18),
        ("PIP026", 18),
        ("PIP027", 21),
        ("PIP028", 15),
        ("PIP031", 7),
        ("PIP040", 13),
        ("PIP041", 4),
        ("PIP042", 3),
        ("PIP043", 9),
    ]


def test_a_dockerfile() -> None:
    text = """ARG BASE=latest
FROM python:$BASE
ENV HF_TOKEN=abcd1234efgh5678
ADD https://example.org/model.bin /models/
COPY .env /app/
RUN apt-get update && \\
    # a comment inside
    apt-get install -y sudo && \\
    curl https://example.org/i.sh | sh
RUN pip install --trusted-host example.org flask
RUN chmod -R 777 /models
EXPOSE 22
CMD ["python", "app.py"]
"""
    assert found("Dockerfile", text, Severity.LOW) == [
        ("IMG001", 2),
        ("IMG002", 2),
        ("IMG003", 3),
        ("IMG003", 5),
        ("IMG004", 4),
        ("IMG006", 12),
        ("IMG008", 8),
        ("PIP016", 9),
        ("PIP021", 10),
        ("PIP028", 10),
        ("PIP034", 11),
    ]


def test_a_dockerfile_without_faults() -> None:
    text = f"""# syntax=docker/dockerfile:1
FROM python:3.12-slim{DIGEST} AS build
WORKDIR /app
COPY requirements.txt .
RUN pip install --no-cache-dir --require-hashes -r requirements.txt
RUN <<EOF
echo hello > /app/x
EOF
FROM gcr.io/distroless/python3{DIGEST}
COPY --from=build /app /app
USER 10001
ENTRYPOINT ["python", "/app/main.py"]
"""
    assert found("Dockerfile", text) == []


def test_argo() -> None:
    text = """apiVersion: argoproj.io/v1alpha1
kind: Workflow
spec:
  templates:
    - name: train
      script:
        image: pytorch/pytorch:latest
        command: [bash]
        source: |
          hf download org/base
          echo {{inputs.parameters.name}}
        env:
          - {name: HF_TOKEN, value: abcd1234efgh5678}
    - name: build
      container:
        image: docker:27
        command: [sh, -c]
        args: ["curl -s https://example.org/i.sh | sh"]
        securityContext: {privileged: true}
"""
    assert found("train.yaml", text) == [
        ("PIP001", 16),
        ("PIP001", 7),
        ("PIP016", 18),
        ("PIP017", 13),
        ("PIP019", 11),
        ("PIP022", 19),
        ("PIP023", 10),
    ]


def test_kubeflow() -> None:
    text = f"""# PIPELINE DEFINITION
components: {{}}
deploymentSpec:
  executors:
    exec-train:
      container:
        image: python:latest
        command: [sh, -c, "pip install torch && python train.py"]
    exec-check:
      container:
        image: python{DIGEST}
        command: [python, check.py]
pipelineInfo: {{name: p}}
"""
    assert found("pipeline.yaml", text) == [("PIP001", 7), ("PIP028", 8)]


def test_codebuild_publishes_after_a_failed_build() -> None:
    text = """version: 0.2
phases:
  build:
    commands: ['trivy image --exit-code 1 --skip-db-update app@$DIGEST']
  post_build:
    commands:
      - docker push reg/app
"""
    assert found("buildspec.yml", text) == [("PIP015", 7)]
    asked = text.replace("- docker", "- '[ \"$CODEBUILD_BUILD_SUCCEEDING\" = 1 ] || exit 1'\n      - docker")
    assert found("buildspec.yml", asked) == []


def test_a_job_that_does_not_need_the_scan() -> None:
    text = """on: {push: {branches: [main]}}
permissions: {}
jobs:
  scan:
    steps:
      - run: trivy fs --exit-code 1 --skip-db-update .
  deploy:
    steps:
      - run: kubectl apply -f k8s/
"""
    assert found(".github/workflows/a.yml", text) == [("PIP015", 7)]
    assert found(".github/workflows/a.yml", text.replace("deploy:\n", "deploy:\n    needs: scan\n")) == []
    anyway = text.replace("deploy:\n", "deploy:\n    needs: scan\n    if: always()\n")
    assert found(".github/workflows/a.yml", anyway) == [("PIP015", 7)]


def test_a_file_is_known_by_what_it_says() -> None:
    text = "on: pull_request_target\npermissions: {}\njobs:\n  a:\n    steps: [{run: make}]\n"
    assert found("anywhere.yaml", text) == [("PIP042", 1)]
    assert found("values.yaml", "jobs: 3\nimage: python:latest\n") == []
