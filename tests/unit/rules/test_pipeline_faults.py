"""The faults of a scanning pipeline as it is often copied, and a version of it that has none."""

from hauberk.core.asset import Asset, Bytes
from hauberk.scan.examine import examine

COPIED = """
stages: [build, scan, deploy]
build_image:
  stage: build
  script:
    - docker build -t fraud-model-serving:$CI_COMMIT_SHORT_SHA .
    - docker save fraud-model-serving:$CI_COMMIT_SHORT_SHA > image.tar
scan_image:
  stage: scan
  image:
    name: aquasec/trivy:latest
    entrypoint: [""]
  script:
    - docker load < image.tar
    - >
      trivy image --exit-code 1 --severity CRITICAL
      --ignore-unfixed --format table
      fraud-model-serving:$CI_COMMIT_SHORT_SHA
  artifacts:
    reports:
      container_scanning:
        - report.json
deploy_service:
  stage: deploy
  script:
    - echo "Deploying fraud-model-serving:$CI_COMMIT_SHORT_SHA"
  needs:
    - scan_image
"""
DIGEST = "@sha256:" + "1" * 64
MENDED = f"""
stages: [build, scan, deploy]
build_image:
  stage: build
  image: docker:27{DIGEST}
  services: ["docker:27-dind{DIGEST}"]
  script:
    - docker build -t "$CI_REGISTRY_IMAGE/fraud-model-serving:$CI_COMMIT_SHA" .
    - docker push "$CI_REGISTRY_IMAGE/fraud-model-serving:$CI_COMMIT_SHA"
    - docker inspect --format '{{{{index .RepoDigests 0}}}}' "$CI_REGISTRY_IMAGE/fraud-model-serving"
      > image.digest
    - docker save -o image.tar "$CI_REGISTRY_IMAGE/fraud-model-serving:$CI_COMMIT_SHA"
  artifacts:
    paths: [image.tar, image.digest]
scan_image:
  stage: scan
  image:
    name: aquasec/trivy:0.60.0{DIGEST}
    entrypoint: [""]
  variables:
    TRIVY_DB_REPOSITORY: registry.example.org/mirror/trivy-db
  script:
    - trivy image --format template --template "@/contrib/gitlab.tpl" -o report.json --input image.tar
    - trivy image --exit-code 1 --severity CRITICAL,HIGH --ignorefile accepted.yaml --input image.tar
  artifacts:
    reports:
      container_scanning: report.json
scan_everything:
  stage: scan
  image: registry.example.org/hauberk{DIGEST}
  script:
    - hauberk scan . image.tar
    - hauberk sign image.tar
deploy_service:
  stage: deploy
  image: registry.example.org/kubectl{DIGEST}
  environment: production
  rules:
    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
  script:
    - IMAGE_DIGEST=$(cat image.digest)
    - cosign verify --key cosign.pub "$IMAGE_DIGEST"
    - kubectl set image deployment/fraud fraud="$IMAGE_DIGEST"
  needs: [build_image, scan_image, scan_everything]
"""


def found(text: str, name: str = ".gitlab-ci.yml") -> list[tuple[str, int | None]]:
    out = examine(Asset(name, Bytes(text.encode())))
    assert not out.gaps
    return sorted((each.rule, each.place.line) for each in out.findings)


def test_the_copied_pipeline_is_told_all_of_its_faults_with_their_lines() -> None:
    assert found(COPIED) == [
        ("PIP001", 11),
        ("PIP003", 22),
        ("PIP004", 22),
        ("PIP005", 14),
        ("PIP006", 6),
        ("PIP006", 14),
        ("PIP007", 16),
        ("PIP008", 26),
        ("PIP009", 6),
        ("PIP010", 23),
        ("PIP011", 23),
        ("PIP012", 23),
        ("PIP013", 16),
        ("PIP014", 16),
    ]


def test_the_mended_pipeline_is_silent() -> None:
    assert found(MENDED) == []


def test_parts_that_stand_elsewhere_are_not_guessed() -> None:
    text = "include: [{local: /ci/build.yml}]\ndeploy:\n  extends: .deploy\n  stage: deploy\n"
    assert found(text) == []


def test_a_scan_behind_extends_and_references_is_seen() -> None:
    text = (
        ".quiet: {allow_failure: true}\n.say: {script: [pip-audit]}\n"
        "scan:\n  extends: .quiet\n  script:\n    - !reference [.say, script]\n    - echo done\n"
    )
    assert found(text) == [("PIP002", 2)]
