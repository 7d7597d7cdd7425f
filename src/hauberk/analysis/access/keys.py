"""The global condition keys of AWS: their types, and which a request can have several values of.

Source: AWS IAM user guide, "AWS global condition context keys", read in November 2026.
"""

from __future__ import annotations

from hauberk.analysis.access.actions import Actions, key_form

# Type by key; ArrayOf… keys can have several values.
GLOBAL: dict[str, str] = {
    "aws:assumedroot": "String",
    "aws:calledvia": "ArrayOfString",
    "aws:calledviafirst": "String",
    "aws:calledvialast": "String",
    "aws:chatbotsourcearn": "ARN",
    "aws:currenttime": "Date",
    "aws:ec2instancesourceprivateipv4": "IPAddress",
    "aws:ec2instancesourcevpc": "String",
    "aws:epochtime": "Date",
    "aws:federatedprovider": "String",
    "aws:isinstanceprofilecredentials": "String",
    "aws:multifactorauthage": "Numeric",
    "aws:multifactorauthpresent": "Bool",
    "aws:principalaccount": "String",
    "aws:principalarn": "ARN",
    "aws:principalisawsservice": "Bool",
    "aws:principalorgid": "String",
    "aws:principalorgpaths": "ArrayOfString",
    "aws:principalservicename": "String",
    "aws:principalservicenameslist": "ArrayOfString",
    "aws:principaltag/*": "String",
    "aws:principaltype": "String",
    "aws:referer": "String",
    "aws:requestedregion": "String",
    "aws:requesttag/*": "String",
    "aws:resourceaccount": "String",
    "aws:resourceorgid": "String",
    "aws:resourceorgpaths": "ArrayOfString",
    "aws:resourcetag/*": "String",
    "aws:rolesessionname": "String",
    "aws:securetransport": "Bool",
    "aws:sourceaccount": "String",
    "aws:sourcearn": "ARN",
    "aws:sourceidentity": "String",
    "aws:sourceip": "IPAddress",
    "aws:sourceorgid": "String",
    "aws:sourceorgpaths": "ArrayOfString",
    "aws:sourcevpc": "String",
    "aws:sourcevpcarn": "ARN",
    "aws:sourcevpce": "String",
    "aws:tagkeys": "ArrayOfString",
    "aws:tokenissuetime": "Date",
    "aws:useragent": "String",
    "aws:userid": "String",
    "aws:username": "String",
    "aws:vpceaccount": "String",
    "aws:vpceorgid": "String",
    "aws:vpceorgpaths": "ArrayOfString",
    "aws:vpcsourceip": "IPAddress",
    "aws:viaawsservice": "Bool",
}
# Keys that every request has.
ALWAYS = frozenset(
    {"aws:securetransport", "aws:currenttime", "aws:epochtime", "aws:requestedregion", "aws:viaawsservice"}
)


def key_type(key: str, table: Actions) -> str | None:
    """The type of a global or service key; None if nobody documents it."""
    form = key_form(key)
    return GLOBAL[form] if form in GLOBAL else table.key_type(key)


def is_several(key: str, table: Actions) -> bool:
    """Whether a request can have more than one value of the key."""
    return (key_type(key, table) or "").startswith("ArrayOf")
