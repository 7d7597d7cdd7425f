"""Lists of dependencies of every tool give packages, requirements, indexes and lines."""

import pytest

from hauberk.core.asset import Asset, Bytes
from hauberk.core.errors import UnreadableAsset
from hauberk.core.gap import Gap
from hauberk.core.package import Package, package_url
from hauberk.formats import dependencies
from hauberk.formats.dependencies.dependency_list import DependencyList, Trust
from hauberk.formats.recognise import recognise

A64 = "a" * 64


def listed(name: str, text: str | bytes) -> DependencyList:
    octets = text if isinstance(text, bytes) else text.encode()
    asset = Asset(name, Bytes(octets))
    assert "dependency-list" in [each.name for each in recognise(asset)]
    view = next(iter(dependencies.read(asset)))
    assert isinstance(view, DependencyList)
    return view


def brief(view: DependencyList) -> list[tuple[str, str, str, int | None]]:
    return [(each.ecosystem, each.name, each.version, each.line) for each in view.packages]


def test_requirements_know_pins_hashes_urls_options_and_lines() -> None:
    view = listed(
        "deploy/requirements.txt",
        "# comment\n-i https://pypi.org/simple\n--extra-index-url=http://10.0.0.1/simple\n"
        "--trusted-host 10.0.0.1\nTorch_Vision[all] == 1.2.0+cpu ; python_version > '3.8' \\\n"
        f"    --hash=sha256:{A64} \\\n    --hash=sha256:{A64}  # twice\nnumpy>=1,<2\nflask\n"
        "-e ./mine\nfast @ git+https://example.org/fast.git@main\ngit+https://example.org/x@1#egg=Xy\n"
        "https://example.org/a_b-1.0-py3-none-any.whl\n-r other.txt\nz===1\n",
    )
    assert brief(view) == [
        ("PyPI", "torch-vision", "1.2.0+cpu", 5),
        ("PyPI", "a-b", "1.0", 13),
        ("PyPI", "z", "1", 15),
    ]
    assert view.packages[0].hashes == (f"sha256:{A64}",) * 2
    asked = {each.name: each for each in view.requirements}
    assert asked["numpy"].specifier == ">=1,<2"
    assert asked["flask"].pin == ""
    assert asked["fast"].url.endswith("@main")
    assert asked["xy"].line == 12
    assert asked["mine"].is_editable
    assert [(each.trust, each.line) for each in view.indexes] == [(Trust.ONLY, 2), (Trust.EXTRA, 3)]
    assert view.unverified == (("10.0.0.1", 4),)


def test_powershell_writes_requirements_as_utf16() -> None:
    assert brief(listed("requirements.txt", "torch==2.0\r\n".encode("utf-16"))) == [
        ("PyPI", "torch", "2.0", 1)
    ]


def test_a_line_that_is_no_requirement_is_a_gap() -> None:
    readings = list(dependencies.read(Asset("requirements.txt", Bytes(b"numpy\n{{ torch }}\n\xff\xfe!\n"))))
    assert [each.place.line for each in readings if isinstance(each, Gap)] == [2]


UV = f"""version = 1

[[package]]
name = "torch"
version = "2.6.0+cpu"
source = {{ registry = "https://download.pytorch.org/whl/cpu" }}
dependencies = [
    {{ name = "numpy" }},
]
wheels = [
    {{ url = "https://x/torch.whl", hash = "sha256:{A64}" }},
]

[[package]]
name = "fast"
version = "0.1"
source = {{ git = "https://example.org/fast.git?rev=main#{"b" * 40}" }}
"""
POETRY = f"""[[package]]
name = "Jinja2"
version = "3.1.6"
files = [
    {{file = "jinja2.whl", hash = "sha256:{A64}"}},
]

[package.dependencies]
MarkupSafe = ">=2.0"

[[package]]
name = "mine"
version = "1"
[package.source]
type = "git"
url = "https://example.org/mine.git"
reference = "main"
resolved_reference = "{"c" * 40}"
"""
PYLOCK = f"""lock-version = "1.0"
[[packages]]
name = "attrs"
version = "25.1.0"
wheels = [{{name = "attrs.whl", hashes = {{sha256 = "{A64}"}}}}]
[[packages]]
name = "own"
vcs = {{type = "git", url = "https://example.org/own", commit-id = "{"d" * 40}"}}
"""
PIPENV = f"""{{
    "_meta": {{"sources": [{{"name": "pypi", "url": "https://pypi.org/simple", "verify_ssl": false}}]}},
    "default": {{
        "flask": {{
            "hashes": ["sha256:{A64}"],
            "version": "==2.0.0"
        }}
    }},
    "develop": {{}}
}}"""


@pytest.mark.parametrize(
    ("name", "text", "expected", "origins"),
    [
        (
            "uv.lock",
            UV,
            [("torch", "2.6.0+cpu", 3), ("fast", "0.1", 14)],
            [
                "https://download.pytorch.org/whl/cpu",
                f"git+https://example.org/fast.git?rev=main@{'b' * 40}",
            ],
        ),
        (
            "poetry.lock",
            POETRY,
            [("jinja2", "3.1.6", 1), ("mine", "1", 11)],
            ["", f"git+https://example.org/mine.git@{'c' * 40}"],
        ),
        (
            "pylock.toml",
            PYLOCK,
            [("attrs", "25.1.0", 2), ("own", "", 6)],
            ["", f"git+https://example.org/own@{'d' * 40}"],
        ),
        ("Pipfile.lock", PIPENV, [("flask", "2.0.0", 4)], [""]),
        (
            "pdm.lock",
            f'[[package]]\nname = "a"\nversion = "1"\ndependencies = ["b>=1"]\nfiles = [{{file="x", '
            f'hash="sha256:{A64}"}}]\n',
            [("a", "1", 1)],
            [""],
        ),
    ],
)
def test_locks_of_python(
    name: str, text: str, expected: list[tuple[str, str, int]], origins: list[str]
) -> None:
    view = listed(name, text)
    assert [(each.name, each.version, each.line) for each in view.packages] == expected
    assert [each.origin for each in view.packages] == origins
    assert view.packages[0].hashes == (f"sha256:{A64}",)


def test_locks_know_what_requires_what() -> None:
    assert listed("uv.lock", UV).packages[0].requires == ("numpy",)
    assert listed("poetry.lock", POETRY).packages[0].requires == ("markupsafe",)


def test_projects_of_python_know_requirements_and_indexes() -> None:
    view = listed(
        "pyproject.toml",
        """[project]
dependencies = [
  "torch>=2",
  "left @ git+https://example.org/left",
]
[dependency-groups]
dev = ["pytest==8.0", {include-group = "x"}]
[tool.uv]
index-strategy = "unsafe-best-match"
[[tool.uv.index]]
url = "https://inner.example/simple"
[tool.uv.sources]
right = { git = "https://example.org/right", branch = "main" }
[tool.poetry.dependencies]
python = "^3.11"
flask = "2.0.0"
exact = "==1.5"
[[tool.poetry.source]]
name = "x"
url = "https://sup.example/simple"
priority = "supplemental"
""",
    )
    asked = {each.name: each for each in view.requirements}
    assert set(asked) == {"torch", "left", "pytest", "right", "flask", "exact"}
    assert (asked["torch"].line, asked["left"].line, asked["right"].line) == (3, 4, 13)
    assert asked["right"].url == "git+https://example.org/right@main"
    assert (asked["pytest"].pin, asked["flask"].pin, asked["exact"].pin) == ("8.0", "", "1.5")
    assert [(each.url, each.trust) for each in view.indexes] == [
        ("https://inner.example/simple", Trust.EXTRA),
        ("https://sup.example/simple", Trust.EXTRA),
    ]


def test_a_pipfile() -> None:
    view = listed(
        "Pipfile",
        '[[source]]\nurl = "http://a/simple"\nverify_ssl = false\n[packages]\nflask = "*"\n'
        'x = {git = "https://example.org/x", ref = "v1"}\n',
    )
    assert [each.is_verified for each in view.indexes] == [False]
    assert [(each.name, each.url) for each in view.requirements] == [
        ("flask", ""),
        ("x", "git+https://example.org/x@v1"),
    ]


LOCK3 = """{
  "name": "app", "lockfileVersion": 3,
  "packages": {
    "": {"name": "app"},
    "node_modules/lodash": {
      "version": "4.17.20", "resolved": "https://registry.npmjs.org/lodash/-/lodash-4.17.20.tgz",
      "integrity": "sha512-AAAA", "license": "MIT", "dependencies": {"b": "1"}
    },
    "node_modules/lodash/node_modules/@scope/b": {"version": "1.0.0", "resolved": "git+ssh://git@x/b.git#c"},
    "node_modules/here": {"link": true}
  }
}"""
YARN1 = """# yarn lockfile v1


"@babel/core@^7.0.0", "@babel/core@^7.1.0":
  version "7.1.2"
  resolved "https://registry.yarnpkg.com/@babel/core/-/core-7.1.2.tgz#abc"
  integrity sha512-AAAA
  dependencies:
    semver "^5.4.1"

semver@^5.4.1:
  version "5.7.1"
"""
YARN2 = """__metadata:
  version: 8

"semver@npm:^5.4.1":
  version: 5.7.1
  resolution: "semver@npm:5.7.1"
  dependencies:
    b: "npm:1"
  checksum: 10c0/abc
"""
PNPM = """lockfileVersion: '9.0'

importers:
  .:
    dependencies:
      lodash:
        specifier: ^4
        version: 4.17.20

packages:

  lodash@4.17.20:
    resolution: {integrity: sha512-AAAA}

  '@scope/b@1.0.0(peer@2.0.0)':
    resolution: {integrity: sha512-AAAA}

  /old/1.2.3:
    resolution: {integrity: sha512-AAAA}

snapshots:

  lodash@4.17.20: {}
"""


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("package-lock.json", LOCK3, [("lodash", "4.17.20", 5), ("@scope/b", "1.0.0", 9)]),
        (
            "package-lock.json",
            '{"dependencies": {\n"a": {"version": "1.0.0", "dependencies": {\n"b": {"version": "2.0.0"}}}}}',
            [("a", "1.0.0", 2), ("b", "2.0.0", 3)],
        ),
        ("yarn.lock", YARN1, [("@babel/core", "7.1.2", 4), ("semver", "5.7.1", 11)]),
        ("yarn.lock", YARN2, [("semver", "5.7.1", 4)]),
        (
            "pnpm-lock.yaml",
            PNPM,
            [("lodash", "4.17.20", 12), ("@scope/b", "1.0.0", 15), ("old", "1.2.3", 18)],
        ),
    ],
)
def test_locks_of_javascript(name: str, text: str, expected: list[tuple[str, str, int]]) -> None:
    view = listed(name, text)
    assert [(each.name, each.version, each.line) for each in view.packages] == expected


def test_what_npm_locks_say_besides() -> None:
    first, second = listed("package-lock.json", LOCK3).packages
    assert (first.licence, first.hashes, first.requires) == ("MIT", ("sha512:000000",), ("b",))
    assert second.origin == "git+ssh://git@x/b.git#c"
    assert [each.requires for each in listed("yarn.lock", YARN1).packages] == [("semver",), ()]


def test_a_package_of_npm_and_its_settings() -> None:
    view = listed(
        "package.json",
        '{"scripts": {\n"postinstall": "node x.js", "test": "y"},\n"dependencies": {"a": "^1",\n'
        '"b": "github:o/b", "c": "1.0.0",\n"d": "npm:real@2.0.0"}}',
    )
    assert [(each.name, each.command) for each in view.scripts] == [("postinstall", "node x.js")]
    assert [(each.name, each.pin, each.url) for each in view.requirements] == [
        ("a", "", ""),
        ("b", "", "github:o/b"),
        ("c", "1.0.0", ""),
        ("real", "2.0.0", ""),
    ]
    settings = listed(".npmrc", "registry=http://inner/\nstrict-ssl=false\n@x:registry=https://y/\n")
    assert [each.trust for each in settings.indexes] == [Trust.ONLY, Trust.EXPLICIT]
    assert settings.unverified == (("every registry", 2),)


def test_cargo() -> None:
    lock = listed(
        "Cargo.lock",
        '[[package]]\nname = "mine"\nversion = "0.1.0"\n\n[[package]]\nname = "time"\nversion = "0.1.44"\n'
        f'source = "registry+https://github.com/rust-lang/crates.io-index"\nchecksum = "{A64}"\n'
        'dependencies = [\n "libc",\n "winapi 0.3.9",\n]\n',
    )
    assert brief(lock) == [("crates.io", "time", "0.1.44", 5)]
    assert lock.packages[0].requires == ("libc", "winapi")
    view = listed(
        "Cargo.toml",
        '[dependencies]\nserde = "1"\nx = { git = "https://e.org/x", branch = "main" }\n'
        'here = { path = "../h" }\n[target."cfg(unix)".dependencies]\nlibc = "=0.2.1"\n',
    )
    assert [(each.name, each.pin, each.url) for each in view.requirements] == [
        ("serde", "", ""),
        ("x", "", "git+https://e.org/x@main"),
        ("here", "", "../h"),
        ("libc", "0.2.1", ""),
    ]


def test_go() -> None:
    view = listed(
        "go.mod",
        "module example.org/m\n\ngo 1.22\n\nrequire (\n\texample.org/a v1.2.3 // indirect\n"
        "\texample.org/b v0.0.0-2020-abc\n)\nrequire example.org/c v2.0.0+incompatible\n"
        "replace example.org/b => ../b\nreplace example.org/c v2.0.0 => example.org/d v1.0.0\n",
    )
    assert [(each.name, each.version, each.origin) for each in view.packages] == [
        ("example.org/a", "1.2.3", ""),
        ("example.org/b", "", "../b"),
        ("example.org/d", "1.0.0", ""),
    ]
    sums = "example.org/a v1.2.3 h1:" + "A" * 43 + "=\nexample.org/a v1.2.3/go.mod h1:" + "A" * 43 + "=\n"
    assert brief(listed("go.sum", sums)) == [("Go", "example.org/a", "1.2.3", 1)]


def test_conda() -> None:
    view = listed(
        "environment.yml",
        "name: x\nchannels:\n  - conda-forge\n  - http://inner/channel\ndependencies:\n  - python=3.11\n"
        "  - numpy=1.26.4=py311_0\n  - scipy\n  - pip:\n      - torch==2.0\n      - --trusted-host inner\n",
    )
    assert brief(view) == [
        ("conda", "python", "3.11", 6),
        ("conda", "numpy", "1.26.4", 7),
        ("PyPI", "torch", "2.0", 10),
    ]
    assert [(each.name, each.pin) for each in view.requirements] == [
        ("numpy", "1.26.4"),
        ("scipy", ""),
        ("torch", "2.0"),
    ]
    assert [each.url for each in view.indexes] == ["http://inner/channel"]
    assert view.unverified == (("inner", 11),)


def test_an_installed_distribution() -> None:
    view = listed(
        "lib/a_b-1.0.dist-info/METADATA",
        "Metadata-Version: 2.1\nName: A_b\nVersion: 1.0\nClassifier: License :: OSI Approved :: MIT License\n"
        "Requires-Dist: numpy>=1; python_version > '3'\nRequires-Dist: z; extra == 'z'\n\nVersion: 9\n",
    )
    assert brief(view) == [("PyPI", "a-b", "1.0", None)]
    assert (view.packages[0].licence, view.packages[0].requires) == ("MIT", ("numpy",))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("uv.lock", "[[package"),
        ("poetry.lock", "a = " + "[" * 5_000),
        ("Pipfile.lock", "{"),
        ("package-lock.json", "[" * 5_000),
        ("environment.yml", "dependencies: [a, {"),
        ("environment.yml", "[" * 200_000),
    ],
)
def test_broken_lists_are_refused(name: str, text: str) -> None:
    with pytest.raises(UnreadableAsset):
        list(dependencies.read(Asset(name, Bytes(text.encode()))))


def test_a_list_that_is_too_long_is_refused() -> None:
    with pytest.raises(UnreadableAsset, match="longer than"):
        list(dependencies.read(Asset("pyproject.toml", Bytes(b"#" * (dependencies.MAX_WRITTEN + 1)))))


def test_package_urls() -> None:
    assert Package("npm", "@scope/b", "1.0.0").purl == "pkg:npm/%40scope/b@1.0.0"
    assert Package("PyPI", "torch", "2.0+cpu").purl == "pkg:pypi/torch@2.0%2Bcpu"
    assert package_url("Debian:12", "openssl", "1:3.0") == "pkg:deb/debian/openssl@1:3.0?distro=debian-12"
    assert package_url("Go", "example.org/a/v2", "1") == "pkg:golang/example.org/a/v2@1"
    assert package_url("Maven", "org.a:b", "1") == "pkg:maven/org.a/b@1"
