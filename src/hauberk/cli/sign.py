"""`hauberk sign`: one signature over every file of a model."""

from __future__ import annotations

from pathlib import Path

import click

from hauberk.core.errors import UsageError


@click.command("sign")
@click.argument("model", type=click.Path())
@click.option("-k", "--key", required=True, type=click.Path(), help="The private key (PEM).")
@click.option(
    "--certificate", type=click.Path(), help="The key's certificate (PEM), with its chain behind it."
)
@click.option("-s", "--signature", default="model.sig", show_default=True, type=click.Path())
@click.option("--log", "log_url", help="A transparency log that takes the signature in.")
@click.option(
    "--record", type=click.Path(), help="Where to write the log's record. Default: SIGNATURE.log.json"
)
@click.option("--ignore-path", "ignored", multiple=True, metavar="PATH", help="A path in MODEL to leave out.")
@click.option("--ignore-git-paths", is_flag=True, help="Leave out .git, .github, .gitattributes, .gitignore.")
def command(model: str, key: str, certificate: str | None, signature: str, log_url: str | None,
            record: str | None, ignored: tuple[str, ...], ignore_git_paths: bool) -> int:  # fmt: skip
    """Sign MODEL, a file or folder, in the OpenSSF Model Signing format.

    Everything in it is signed; what is left out by name is named in the signature.
    """
    from hauberk.attest.bundle import bundle_json
    from hauberk.attest.model_signing import sign_manifest, sign_with_certificate
    from hauberk.cli.custody import GIT_PATHS, inside, private_key, read_file, write_record
    from hauberk.sources.manifest import manifest_of

    excluded = [*ignored, *(GIT_PATHS if ignore_git_paths else ()), *inside(model, signature)]
    manifest = manifest_of(model, excluded)
    name = Path(model).resolve().name
    if certificate:
        from hauberk.attest.certificates import chain_in

        chain = chain_in(read_file(certificate))
        bundle = sign_with_certificate(manifest, name, private_key(key), chain, excluded)
    else:
        bundle = sign_manifest(manifest, name, private_key(key), excluded)
    try:
        Path(signature).write_bytes(bundle_json(bundle))
    except OSError as error:
        raise UsageError(f"{signature}: cannot be written: {error.strerror}") from error
    if log_url:
        write_record(Path(record or f"{signature}.log.json"), bundle.envelope, log_url)
    click.echo(f"{signature}: {len(manifest.entries)} files, {manifest.digest}")
    return 0
