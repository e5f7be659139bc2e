"""Says what others think of the reports in a folder, a line for each complaint.

validate.py junit DIR SCHEMA...   by XML schemas
validate.py asff DIR              by botocore's model of BatchImportFindings
validate.py markdown DIR          by GitHub's own parser: elements and links that are not ours
"""

import html.parser
import json
import pathlib
import sys


def junit(schemas):
    import xmlschema

    for schema in schemas:
        compiled = xmlschema.XMLSchema(schema)
        yield lambda text: [f"{schema}: {e.path}: {e.reason}" for e in compiled.iter_errors(text.decode())]


def asff(_):
    import botocore.session
    from botocore.validate import ParamValidator

    model = botocore.session.get_session().get_service_model("securityhub")
    shape = model.operation_model("BatchImportFindings").input_shape
    types = set(model.shape_for("ResourceDetails").members) | {"AwsAccount", "Other"}

    def complaints(text):
        findings = json.loads(text)
        for i in range(0, len(findings), 100):
            if report := ParamValidator().validate({"Findings": findings[i : i + 100]}, shape).generate_report():
                yield report.replace("\n", "; ")
        for f in findings:
            if len(json.dumps(f)) > 240_000:
                yield f"{f['Id']}: is larger than 240 KB"
            for r in f["Resources"]:
                if r["Type"] not in types:
                    yield f"{f['Id']}: {r['Type']} is no type of a resource"

    yield complaints


class Elements(html.parser.HTMLParser):
    """Collects the elements that a report has no use for, and what stands in no code."""

    OURS = {"a", "b", "code", "details", "h2", "li", "p", "pre", "strong", "summary", "ul"}

    def __init__(self):
        super().__init__()
        self.others, self.text, self.code = [], [], 0

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag not in self.OURS or (attrs and tag != "a"):
            self.others.append(f"<{tag} {attrs}>")
        if tag == "a" and not attrs["href"].startswith("https://docs.aws.amazon.com/"):
            self.others.append(attrs["href"])
        self.code += tag in ("code", "a")

    def handle_endtag(self, tag):
        self.code -= tag in ("code", "a")

    def handle_comment(self, data):
        self.others.append(f"<!--{data}-->")

    def handle_data(self, data):
        if not self.code:
            self.text.append(data)


def markdown(_):
    import cmarkgfm
    from cmarkgfm.cmark import Options

    def complaints(text):
        page = Elements()
        page.feed(cmarkgfm.github_flavored_markdown_to_html(text.decode(), Options.CMARK_OPT_UNSAFE))
        yield from page.others
        for text in page.text:  # GitHub finds these after it has parsed
            for mark in ("@", "#", "$", "://"):
                if mark in text:
                    yield f"{mark} in {text!r}"

    yield complaints


what, folder, *schemas = sys.argv[1:]
for judge in {"junit": junit, "asff": asff, "markdown": markdown}[what](schemas):
    for file in sorted(pathlib.Path(folder).iterdir()):
        for complaint in judge(file.read_bytes()):
            print(f"{file.name}: {complaint}"[:1000])
