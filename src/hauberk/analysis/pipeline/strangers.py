"""Text that people without rights write, as each platform names it.

Source: GitHub Security Lab, "Keeping your GitHub Actions and workflows secure, part 2"; GitLab documentation,
"Predefined CI/CD variables"; Microsoft, "Predefined variables"; Jenkins handbook, "String interpolation".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from hauberk.formats.pipeline.pipeline import Pipeline, Platform

GITHUB = re.compile(
    r"github\.(?:event\.(?:issue\.(?:title|body)|pull_request\.(?:title|body|head\.(?:ref|label|repo\.(?:default_branch"
    r"|description|homepage)))|comment\.body|review\.body|review_comment\.body|discussion\.(?:title|body)"
    r"|pages\b[^}]{0,200}page_name|commits\b[^}]{0,200}(?:message|author\.(?:email|name))|head_commit\.(?:message|author\.(?:email"
    r"|name)|committer\.\w+)|workflow_run\.(?:head_branch|head_commit\.[\w.]+|head_repository\.description"
    r"|display_title|pull_requests\b[^}]{0,200}head\.ref)|inputs\.\w+|client_payload\.[\w.]+|release\.(?:name|body|tag_name)"
    r"|changes\.[\w.]+)|head_ref|ref_name|event\.ref)\b|(?<![\w.])inputs\.[\w-]+"
)
GITLAB = re.compile(
    r"\$\{?(CI_COMMIT_(?:MESSAGE|TITLE|DESCRIPTION|AUTHOR|REF_NAME|BRANCH|TAG_MESSAGE)|CI_MERGE_REQUEST_(?:TITLE"
    r"|DESCRIPTION|SOURCE_BRANCH_NAME|LABELS)|CI_EXTERNAL_PULL_REQUEST_SOURCE_BRANCH_NAME)\b\}?"
)
AZURE = re.compile(
    r"\$\((Build\.(?:SourceBranch(?:Name)?|SourceVersionMessage|RequestedFor(?:Email)?)|System\.PullRequest\.(?:SourceBranch"
    r"|SourceRepositoryURI|TargetBranch)|variables\.[\w.]+)\)|\$\{\{\s*(parameters\.[\w.-]+)\s*\}\}"
)
CODEBUILD = re.compile(
    r"\$\{?(CODEBUILD_WEBHOOK_(?:HEAD_REF|BASE_REF|TRIGGER|ACTOR_\w+)|CODEBUILD_SOURCE_VERSION)\b\}?"
)
JENKINS = re.compile(
    r"\$\{?((?:params|env)\.\w+|CHANGE_(?:TITLE|BRANCH|AUTHOR\w*)|BRANCH_NAME|ghprb\w+|gitlab\w*(?:Title|Branch)\w*)\}?"
)
ARGO = re.compile(r"\{\{\s*((?:inputs|workflow)\.parameters\.[\w.-]+)\s*\}\}")
BY_PLATFORM = {
    Platform.GITHUB: GITHUB,
    Platform.GITLAB: GITLAB,
    Platform.AZURE: AZURE,
    Platform.CODEBUILD: CODEBUILD,
    Platform.JENKINS: JENKINS,
    Platform.ARGO: ARGO,
}


def strangers_in(text: str, pipeline: Pipeline) -> Iterator[str]:
    """The names of what strangers write in a text."""
    known = BY_PLATFORM.get(pipeline.platform)
    for found in known.finditer(text) if known else ():
        yield next((each for each in found.groups() if each), found[0])
