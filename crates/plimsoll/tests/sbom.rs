//! Bills of materials from outside: what is written fits the published schema and comes back, and what others wrote is judged.
//!
//! The schema of CycloneDX is the official one (tests/schemas). Of SPDX 2.3 the required members, patterns and enumerations of its
//! specification are checked here; the reference tools of both (cyclonedx-python-lib, spdx-tools) took all that is written here, see
//! docs/sbom.md.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[expect(dead_code, reason = "only cases ask for the owner of a signature")]
#[path = "page/archive.rs"]
mod archive;
#[expect(dead_code, reason = "not every test project is written to")]
mod project;

use std::collections::BTreeSet;
use std::path::Path;

use project::{Project, Run};
use serde_json::Value;

const LOCKFILES: [(&str, &str); 10] = [
    ("npm1", "package-lock.json"),
    ("npm2", "package-lock.json"),
    ("npm3", "package-lock.json"),
    ("yarn1", "yarn.lock"),
    ("berry", "yarn.lock"),
    ("pnpm7", "pnpm-lock.yaml"),
    ("pnpm8", "pnpm-lock.yaml"),
    ("pnpm9", "pnpm-lock.yaml"),
    ("bun", "bun.lock"),
    ("deno", "deno.lock"),
];

fn data(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../plimsoll-packages/tests/data/lockfiles");
    std::fs::read_to_string(root.join(path)).unwrap()
}

fn locked(name: &str, lockfile: &str) -> Project {
    let (text, manifest) = (data(&format!("{name}/{lockfile}")), data("package.json"));
    Project::new(&format!("sbom-{name}"), &[(lockfile, &text), ("package.json", &manifest)])
}

const IMAGE: &str = "name api:1.0\nname api:latest\nconfig {\"User\":\"app\"}\nlayer ADD rootfs.tar /\n\
+ etc/os-release 644 ID=debian\\nVERSION_ID=\"12\"\\nVERSION_CODENAME=bookworm\\n\n\
+ var/lib/dpkg/status 644 Package: libssl3\\nStatus: install ok installed\\nArchitecture: amd64\\nMaintainer: Debian OpenSSL Team <pkg-openssl-devel@alioth-lists.debian.net>\\nSource: openssl\\nVersion: 3.0.9-1\\n\\nPackage: login\\nStatus: install ok installed\\nArchitecture: amd64\\nMaintainer: Shadow package maintainers <pkg-shadow-devel@lists.alioth.debian.org>\\nSource: shadow (1:4.13+dfsg1-1)\\nVersion: 1:4.13+dfsg1-1+b1\\n\n\
layer RUN npm ci\n\
+ app/node_modules/lodash/package.json 644 {\"name\":\"lodash\",\"version\":\"4.17.15\",\"license\":\"MIT\"}\n\
+ app/node_modules/@a/b/package.json 644 {\"name\":\"@a/b\",\"version\":\"1.0.0-rc.1+x\",\"license\":\"SEE LICENSE IN x\"}\n\
+ app/node_modules/y/node_modules/lodash/package.json 644 {\"name\":\"lodash\",\"version\":\"4.17.15\",\"licenses\":[{\"type\":\"MIT\"},{\"type\":\"ISC\"}]}\n";

fn imaged(name: &str) -> Project {
    let project = Project::new(name, &[]);
    project.write_bytes("image.tar", &archive::build(IMAGE));
    project
}

fn clean(run: &Run) -> &str {
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    &run.stdout
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn schema_of_cyclonedx() -> jsonschema::Validator {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/schemas/cyclonedx");
    let read = |name: &str| json(&std::fs::read_to_string(root.join(name)).unwrap());
    let mut options = jsonschema::options();
    for name in ["spdx.SNAPSHOT.schema.json", "jsf-0.82.SNAPSHOT.schema.json"] {
        let resource = jsonschema::Resource::from_contents(read(name)).unwrap();
        options = options.with_resource(format!("http://cyclonedx.org/schema/{name}"), resource);
    }
    options.build(&read("bom-1.6.SNAPSHOT.schema.json")).unwrap()
}

/// SPDX 2.3, clauses 6, 7, 11 and 12, and annex B of its ontology: what is required, what is allowed, what refers to what.
fn fits_spdx(document: &Value) {
    let text = |value: &Value, key: &str| {
        value[key].as_str().unwrap_or_else(|| panic!("no {key} in {value}")).to_owned()
    };
    assert_eq!(text(document, "spdxVersion"), "SPDX-2.3");
    assert_eq!(text(document, "dataLicense"), "CC0-1.0");
    assert_eq!(text(document, "SPDXID"), "SPDXRef-DOCUMENT");
    assert!(!text(document, "name").is_empty());
    let namespace = text(document, "documentNamespace");
    assert!(namespace.starts_with("https://") && !namespace.contains('#') && !namespace.contains(' '));
    let moment = |text: &str| {
        let bytes = text.as_bytes();
        bytes.len() == 20
            && bytes[10] == b'T'
            && bytes[19] == b'Z'
            && bytes[..4].iter().all(u8::is_ascii_digit)
    };
    let creation = &document["creationInfo"];
    assert!(moment(&text(creation, "created")));
    assert!(creation["creators"][0].as_str().unwrap().starts_with("Tool: plimsoll-"));
    let mut ids: BTreeSet<String> = BTreeSet::from(["SPDXRef-DOCUMENT".to_owned()]);
    for package in document["packages"].as_array().unwrap() {
        let id = text(package, "SPDXID");
        let plain = id.strip_prefix("SPDXRef-").unwrap();
        assert!(
            !plain.is_empty() && plain.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'))
        );
        assert!(ids.insert(id), "an id stands for one package");
        assert!(!text(package, "name").is_empty() && package["filesAnalyzed"] == false);
        for key in ["downloadLocation", "licenseConcluded", "licenseDeclared", "copyrightText"] {
            assert!(!text(package, key).is_empty());
        }
        let purpose = text(package, "primaryPackagePurpose");
        assert!(["APPLICATION", "CONTAINER", "OPERATING-SYSTEM", "LIBRARY", "OTHER"].contains(&&*purpose));
        for checksum in package["checksums"].as_array().into_iter().flatten() {
            assert!(["SHA1", "SHA256", "SHA384", "SHA512"].contains(&&*text(checksum, "algorithm")));
            assert!(text(checksum, "checksumValue").bytes().all(|b| b.is_ascii_hexdigit()));
        }
        for reference in package["externalRefs"].as_array().into_iter().flatten() {
            assert_eq!(text(reference, "referenceCategory"), "PACKAGE-MANAGER");
            assert!(text(reference, "referenceLocator").starts_with("pkg:"));
        }
        if let Some(supplier) = package.get("supplier").and_then(Value::as_str) {
            assert!(supplier.starts_with("Person: ") || supplier.starts_with("Organization: "));
        }
        for annotation in package["annotations"].as_array().into_iter().flatten() {
            assert!(
                moment(&text(annotation, "annotationDate")) && text(annotation, "annotationType") == "OTHER"
            );
        }
    }
    for relation in document["relationships"].as_array().unwrap() {
        assert!(
            ids.contains(&text(relation, "spdxElementId"))
                && ids.contains(&text(relation, "relatedSpdxElement"))
        );
        assert!(["DESCRIBES", "DEPENDS_ON", "CONTAINS"].contains(&&*text(relation, "relationshipType")));
    }
}

/// Both notations fit, and what was written, read and written again is the same bytes.
fn comes_back(project: &Project, input: &str, schema: &jsonschema::Validator) -> (Value, Value) {
    let mut documents = Vec::new();
    for format in ["cyclonedx", "spdx"] {
        let first = project.run(&["sbom", input, "--format", format]);
        let text = clean(&first);
        assert_eq!(clean(&project.run(&["sbom", input, "--format", format])), text, "the same bytes");
        let name = format!("made.{format}.json");
        project.write(&name, text);
        assert_eq!(
            clean(&project.run(&["sbom", &name, "--format", format])),
            text,
            "written, read and written"
        );
        let document = json(text);
        match format {
            "spdx" => fits_spdx(&document),
            _ => {
                let faults: Vec<String> =
                    schema.iter_errors(&document).map(|error| error.to_string()).collect();
                assert_eq!(faults, Vec::<String>::new());
            }
        }
        documents.push(document);
    }
    // One becomes the other.
    let other = project.run(&["sbom", "made.cyclonedx.json", "--format", "spdx"]);
    assert_eq!(clean(&other), project.read("made.spdx.json"));
    let spdx = documents.pop().unwrap();
    (documents.pop().unwrap(), spdx)
}

#[test]
fn what_is_written_fits_the_schema_and_comes_back() {
    let schema = schema_of_cyclonedx();
    for (name, lockfile) in LOCKFILES {
        let project = locked(name, lockfile);
        let (document, _) = comes_back(&project, lockfile, &schema);
        let components = document["components"].as_array().unwrap();
        // What tests/lockfiles.rs of the reader says of each: ten packages; Deno leaves out fsevents, Yarn 4 adds node-gyp.
        let named = |name: &str| components.iter().find(|one| one["name"] == name).unwrap();
        assert_eq!(named("lodash")["purl"], "pkg:npm/lodash@4.17.15", "an alias is resolved: {lockfile}");
        assert_eq!(named("minimist")["scope"], "excluded", "{lockfile}");
        assert!(named("ms").get("scope").is_none(), "{lockfile}");
        let depends = |reference: &str| {
            let list = document["dependencies"].as_array().unwrap();
            list.iter().find(|one| one["ref"] == reference).unwrap()["dependsOn"].clone()
        };
        assert_eq!(depends("pkg:npm/debug@2.6.8"), serde_json::json!(["pkg:npm/ms@2.0.0"]), "{lockfile}");
        if name != "berry" {
            let hash = &named("ms")["hashes"][0];
            let digits = hash["content"].as_str().unwrap();
            assert_eq!((hash["alg"].as_str(), digits.len()), (Some("SHA-512"), 128), "{lockfile}");
        }
    }
    let project = imaged("sbom-image");
    let (document, spdx) = comes_back(&project, "image.tar", &schema);
    let purls: Vec<&str> =
        document["components"].as_array().unwrap().iter().filter_map(|one| one["purl"].as_str()).collect();
    assert_eq!(
        purls,
        [
            "pkg:npm/%40a/b@1.0.0-rc.1%2Bx",
            "pkg:deb/debian/libssl3@3.0.9-1?arch=amd64&distro=debian-12&upstream=openssl",
            "pkg:npm/lodash@4.17.15",
            "pkg:npm/lodash@4.17.15",
            "pkg:deb/debian/login@1:4.13%2Bdfsg1-1%2Bb1?arch=amd64&distro=debian-12&upstream=shadow%401:4.13%2Bdfsg1-1",
        ]
    );
    assert_eq!(spdx["packages"][0]["primaryPackagePurpose"], "CONTAINER");
}

#[test]
fn the_time_is_in_a_bill_only_where_a_build_fixes_it() {
    let project = locked("npm3", "package-lock.json");
    let run = |arguments: &[&str]| project.run_with(arguments, &[("SOURCE_DATE_EPOCH", "1700000000")], "");
    let fixed = json(clean(&run(&["sbom"])));
    assert_eq!(fixed["metadata"]["timestamp"], "2023-11-14T22:13:20Z", "date -u -d @1700000000");
    let fixed = json(clean(&run(&["sbom", "--format", "spdx"])));
    assert_eq!(fixed["creationInfo"]["created"], "2023-11-14T22:13:20Z");
    let plain = json(clean(&project.run(&["sbom"])));
    assert!(plain["metadata"].get("timestamp").is_none());
    let written = project.run(&["sbom", "--output", "bill.json"]);
    assert_eq!((clean(&written), json(&project.read("bill.json"))), ("", plain));
}

#[test]
fn what_cannot_be_written_is_told() {
    let project = Project::new(
        "sbom-nothing",
        &[("Dockerfile", "FROM scratch\n"), ("x/package-lock.json", "{\"lockfileVersion\": 3,")],
    );
    let run = project.run(&["sbom", "Dockerfile"]);
    assert!(run.code == 2 && run.stderr.contains("neither a lockfile nor an image"), "{}", run.stderr);
    let run = project.run(&["sbom", "x"]);
    assert!(run.stderr.contains("not in the bill: x/package-lock.json:1:"), "{}", run.stderr);
    project.write("bill.json", "{\"bomFormat\": \"CycloneDX\", \"components\": [{\"name\": \"a\"}");
    let run = project.run(&["sbom", "bill.json"]);
    assert!(run.code == 2 && run.stderr.contains("cannot be read to its end"), "{}", run.stderr);
}

/// Control, subject, why and state of every finding about packages.
fn findings(project: &Project, arguments: &[&str]) -> Vec<String> {
    let run = project.run(&[&["scan", "--format", "json"], arguments].concat());
    let report = json(&run.stdout);
    let controls = [
        "vulnerable-dependency",
        "vulnerable-package-in-image",
        "security-update-missing",
        "vulnerable-runtime",
    ];
    let mut told: Vec<String> = report["scenarios"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|scenario| scenario["findings"].as_array().unwrap())
        .filter(|finding| controls.iter().any(|control| finding["control"] == *control))
        .map(|finding| {
            let (control, subject) = (&finding["control"], &finding["subject"]["name"]);
            format!("{control} {subject} {} {} {}", finding["severity"], finding["why"], finding["state"])
        })
        .collect();
    told.sort();
    told
}

#[test]
fn a_bill_is_judged_as_what_it_is_the_bill_of() {
    let image = imaged("sbom-same-image");
    let own = findings(&image, &["image.tar"]);
    assert!(own.iter().any(|finding| finding.contains("lodash@4.17.15")), "{own:?}");
    assert!(own.iter().any(|finding| finding.contains("security-update-missing")), "{own:?}");
    for format in ["cyclonedx", "spdx"] {
        clean(&image.run(&["sbom", "image.tar", "--format", format, "--output", "bill.json"]));
        assert_eq!(findings(&image, &["bill.json"]), own, "{format}");
    }
    for (name, lockfile) in LOCKFILES {
        let project = locked(name, lockfile);
        let own = findings(&project, &[lockfile]);
        assert!(own.iter().any(|finding| finding.contains("lodash@4.17.15")), "{own:?}");
        for format in ["cyclonedx", "spdx"] {
            clean(&project.run(&["sbom", lockfile, "--format", format, "--output", "bill.json"]));
            assert_eq!(findings(&project, &["bill.json"]), own, "{lockfile} {format}");
        }
    }
    let project = locked("npm3", "package-lock.json");
    clean(&project.run(&["sbom", "--output", "bill.json"]));
    let report = json(&project.run(&["scan", "bill.json", "--format", "json"]).stdout);
    let scenario = &report["scenarios"][0];
    assert_eq!(scenario["kind"], "sbom");
    let finding = scenario["findings"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["subject"]["name"] == "lodash@4.17.15");
    let line = finding.unwrap()["place"]["line"].as_u64().unwrap() as usize;
    let bill = project.read("bill.json");
    assert_eq!(
        bill.lines().nth(line - 1).unwrap().trim(),
        "\"name\": \"lodash\",",
        "the line of the component"
    );
}

/// In the shapes of syft 1.18 and Trivy 0.50.
#[test]
fn bills_of_others_are_judged_and_what_they_lack_is_told() {
    let syft = r#"{"bomFormat": "CycloneDX", "specVersion": "1.5", "metadata": {"component": {"bom-ref": "x", "type": "container", "name": "api.tar"}},
 "components": [
  {"bom-ref": "a", "type": "library", "publisher": "Natanael Copa <ncopa@alpinelinux.org>", "name": "musl", "version": "1.1.22-r3", "purl": "pkg:apk/alpine/musl@1.1.22-r3?arch=x86_64&distro=alpine-3.10.4",
   "properties": [{"name": "syft:location:0:layerID", "value": "sha256:531743b7098cb2aaf615641007a129173f63ed86ca32fe7b5a246a1c47286028"}, {"name": "syft:location:0:path", "value": "/lib/apk/db/installed"}]},
  {"bom-ref": "b", "type": "library", "name": "requests", "version": "2.0", "purl": "pkg:pypi/requests@2.0"},
  {"bom-ref": "c", "type": "library", "name": "nameless"},
  {"bom-ref": "d", "type": "library", "name": "lodash", "purl": "pkg:npm/lodash"},
  {"bom-ref": "os:alpine@3.10.4", "type": "operating-system", "name": "alpine", "version": "3.10.4"}]}"#;
    let trivy = r#"{"spdxVersion": "SPDX-2.3", "SPDXID": "SPDXRef-DOCUMENT", "name": "app", "packages": [
  {"name": "package-lock.json", "SPDXID": "SPDXRef-Application-1", "primaryPackagePurpose": "APPLICATION"},
  {"name": "lodash", "SPDXID": "SPDXRef-Package-1", "versionInfo": "4.17.15", "licenseDeclared": "MIT",
   "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": "pkg:npm/lodash@4.17.15"}]},
  {"name": "debug", "SPDXID": "SPDXRef-Package-2", "versionInfo": "2.6.8",
   "externalRefs": [{"referenceCategory": "PACKAGE_MANAGER", "referenceType": "http://spdx.org/rdf/references/purl", "referenceLocator": "pkg:npm/debug@2.6.8"}]}],
 "relationships": [
  {"spdxElementId": "SPDXRef-DOCUMENT", "relatedSpdxElement": "SPDXRef-Application-1", "relationshipType": "DESCRIBES"},
  {"spdxElementId": "SPDXRef-Application-1", "relatedSpdxElement": "SPDXRef-Package-1", "relationshipType": "CONTAINS"},
  {"spdxElementId": "SPDXRef-Package-1", "relatedSpdxElement": "SPDXRef-Package-2", "relationshipType": "DEPENDS_ON"}]}"#;
    let project = Project::new(
        "sbom-others",
        &[("syft.json", syft), ("trivy.json", trivy), ("bare.json", r#"{"bomFormat": "CycloneDX"}"#)],
    );
    let report = json(&project.run(&["scan", "syft.json", "--format", "json"]).stdout);
    let complaints = report["scenarios"][0]["complaints"].as_array().unwrap();
    let codes: Vec<&str> = complaints.iter().map(|one| one["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["not-judged", "component-without-version", "component-without-purl"]);
    assert!(complaints[0]["message"].as_str().unwrap().ends_with(": 1 of pypi"));
    let told = findings(&project, &["trivy.json"]);
    assert!(
        told.iter().any(|finding| finding.contains("lodash@4.17.15") && finding.contains("CVE-2020-8203"))
    );
    let human = project.run(&["scan", "trivy.json"]).stdout;
    assert!(human.contains("needed by lodash"), "{human}");
    let bare = project.run(&["scan", "bare.json"]);
    assert_eq!((bare.code, bare.stderr.as_str()), (0, ""), "an empty bill is no error");
}

const VEX: &str = r#"{
  "@context": "https://openvex.dev/ns/v0.2.0", "@id": "https://example.com/1", "author": "Ada", "timestamp": "2026-01-01T00:00:00Z", "version": 1,
  "statements": [
    {"vulnerability": {"name": "CVE-2021-23337"}, "products": [{"@id": "pkg:npm/lodash"}], "status": "not_affected", "justification": "vulnerable_code_not_in_execute_path"},
    {"vulnerability": {"name": "CVE-2017-16137"}, "products": [{"@id": "pkg:npm/made", "subcomponents": [{"@id": "pkg:npm/debug@2.6.8"}]}], "status": "fixed"},
    {"vulnerability": {"name": "CVE-2026-2950"}, "products": [{"@id": "pkg:npm/other-app", "subcomponents": [{"@id": "pkg:npm/lodash"}]}], "status": "fixed"},
    {"vulnerability": "CVE-2020-8203", "products": ["pkg:npm/lodash@4.17.15"], "status": "not_affected", "timestamp": "2025-01-01T00:00:00Z"},
    {"vulnerability": "CVE-2020-8203", "products": ["pkg:npm/lodash@4.17.15"], "status": "affected", "timestamp": "2026-01-02T00:00:00Z"},
    {"vulnerability": "CVE-2020-28500", "products": ["pkg:npm/lodash@4.17.16"], "status": "fixed"}
  ]
}"#;

/// Ids of what stands, what is taken off and what is said of the files.
fn accepted(project: &Project, arguments: &[&str]) -> (String, Vec<String>, Vec<String>, Value) {
    let report = json(&project.run(&[&["scan", ".", "--format", "json"], arguments].concat()).stdout);
    let scenario = &report["scenarios"][0];
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let mut lodash = String::new();
    let mut allowed = Vec::new();
    for finding in list(&scenario["findings"]) {
        if finding["subject"]["name"] == "lodash@4.17.15" && finding["state"] == "open" {
            lodash = finding["why"].as_str().unwrap().to_owned();
        }
        if finding["state"] == "allowed" {
            let (by, reason) = (&finding["allowance"]["tool"], &finding["allowance"]["reason"]);
            allowed.push(format!("{} {by} {reason}", finding["subject"]["name"]));
        }
    }
    let notices = list(&report["notices"])
        .iter()
        .map(|one| format!("{} {}:{}", one["code"], one["place"]["file"], one["place"]["line"]))
        .collect();
    (lodash, allowed, notices, report)
}

#[test]
fn a_statement_takes_one_advisory_off_and_the_finding_stays() {
    let project = locked("npm3", "package-lock.json");
    let manifest = data("package.json");
    let name = json(&manifest)["name"].as_str().unwrap_or("made").to_owned();
    project.write("vex/a.json", &VEX.replace("pkg:npm/made", &format!("pkg:npm/{name}")));
    let (before, ..) = accepted(&project, &[]);
    for id in ["CVE-2021-23337", "CVE-2020-8203", "CVE-2026-2950", "CVE-2020-28500"] {
        assert!(before.contains(id), "{before}");
    }
    let (after, allowed, notices, report) = accepted(&project, &["--vex", "vex/a.json"]);
    assert!(!after.contains("CVE-2021-23337"), "stated of every version: {after}");
    assert!(after.contains("CVE-2020-8203"), "the later statement holds: {after}");
    assert!(after.contains("CVE-2026-2950"), "stated within another product: {after}");
    assert!(after.contains("CVE-2020-28500"), "stated of another version: {after}");
    assert_eq!(allowed, ["\"debug@2.6.8\" \"openvex\" \"fixed\""], "all that is known of it is accepted");
    let lines: Vec<&str> = notices.iter().map(String::as_str).collect();
    assert_eq!(
        lines,
        ["6", "7", "9"].map(|line| format!("\"unused-statement\" \"vex/a.json\":{line}")),
        "what another statement overrides, and what is about nothing here"
    );
    let taken = &report["scenarios"][0]["accepted"][0];
    assert_eq!(
        (&taken["advisory"], &taken["allowance"]["by"]),
        (&json("\"GHSA-35jh-r3h4-6jhm\""), &json("\"file\""))
    );
    assert_eq!(report["counts"]["allowed"]["advisories"], 1);
    // The same by the configuration.
    project.write("plimsoll.toml", "vex = [\"vex/a.json\"]\n");
    assert_eq!(accepted(&project, &[]).0, after);
    project.write("vex/a.json", "{}");
    let run = project.run(&["scan", "."]);
    assert!(run.code == 2 && run.stderr.contains("neither an OpenVEX document"), "{}", run.stderr);
}

#[test]
fn an_analysis_in_a_bill_is_a_statement() {
    let project = locked("npm3", "package-lock.json");
    clean(&project.run(&["sbom", "--output", "bill.json"]));
    let mut bill = json(&project.read("bill.json"));
    bill["vulnerabilities"] = serde_json::json!([
        {"id": "CVE-2021-23337", "analysis": {"state": "false_positive", "detail": "never called"}, "affects": [{"ref": "pkg:npm/lodash@4.17.15"}]},
        {"id": "CVE-2017-16137", "analysis": {"state": "resolved"}, "affects": [{"ref": bill["metadata"]["component"]["bom-ref"]}]},
        {"id": "CVE-2020-8203", "analysis": {"state": "in_triage"}, "affects": [{"ref": "pkg:npm/lodash@4.17.15"}]},
    ]);
    project.write("bill.json", &bill.to_string());
    let report = json(&project.run(&["scan", "bill.json", "--format", "json"]).stdout);
    let scenario = &report["scenarios"][0];
    assert_eq!(scenario["accepted"][0]["allowance"]["reason"], "not_affected: never called");
    let state = |name: &str| {
        let findings = scenario["findings"].as_array().unwrap();
        findings.iter().find(|finding| finding["subject"]["name"] == name).unwrap()["state"].clone()
    };
    assert_eq!((state("lodash@4.17.15"), state("debug@2.6.8")), (json("\"open\""), json("\"allowed\"")));
}

#[test]
fn trivyignore_is_honoured_where_it_stands() {
    let project = locked("npm3", "package-lock.json");
    project.write(".trivyignore", "# reviewed\nCVE-2021-23337 exp:2999-01-01\nCVE-2020-8203 exp:2020-01-01\nCVE-1234-5678\nAVD-KSV-0001\n");
    project.write(
        ".trivyignore.yaml",
        "vulnerabilities:\n  - id: CVE-2026-2950\n    paths: [\"**/package-lock.json\"]\n    statement: ours\n  - id: CVE-2020-28500\n    paths: [other/**]\n  - id: CVE-2017-16137\n    purls: [\"pkg:npm/debug\"]\n",
    );
    let (lodash, allowed, notices, _) = accepted(&project, &[]);
    assert!(!lodash.contains("CVE-2021-23337") && !lodash.contains("CVE-2026-2950"), "{lodash}");
    assert!(lodash.contains("CVE-2020-8203") && lodash.contains("CVE-2020-28500"), "{lodash}");
    assert_eq!(allowed, ["\"debug@2.6.8\" \"trivy\" \"\""]);
    assert_eq!(
        notices,
        ["\"expired-allowance\" \".trivyignore\":3", "\"unmapped-ignore\" \".trivyignore\":5"]
    );
    let docker = Project::new(
        "sbom-trivy-root",
        &[
            ("Dockerfile", "FROM node:24.18.1-slim\nCMD [\"node\", \"a.js\"]\n"),
            (".trivyignore", "AVD-DS-0002\n"),
        ],
    );
    assert_eq!(docker.run(&["scan", "--only", "runs-as-root"]).code, 0);
    docker.write(".trivyignore", "");
    assert_eq!(docker.run(&["scan", "--only", "runs-as-root"]).code, 1);
}

#[test]
fn an_allowance_can_name_one_advisory() {
    let project = locked("npm3", "package-lock.json");
    project.write(
        "plimsoll.toml",
        "[[allow]]\nadvisory = \"GHSA-35jh-r3h4-6jhm\"\nreason = \"a\"\n\n[[allow]]\ncontrol = \"vulnerable-dependency\"\nsubject = \"package lodash\"\nadvisory = \"cve-2020-8203\"\nreason = \"b\"\nuntil = 2999-01-01\n\n\
         [[allow]]\nadvisory = \"CVE-2026-2950\"\ncontrol = \"malicious-dependency\"\nreason = \"c\"\n\n[[allow]]\nadvisory = \"CVE-2026-4800\"\nreason = \"d\"\nuntil = 2020-01-01\n\n[[allow]]\nadvisory = \"CVE-2020-28500\"\n",
    );
    let (lodash, allowed, notices, _) = accepted(&project, &[]);
    assert!(!lodash.contains("CVE-2021-23337") && !lodash.contains("CVE-2020-8203"), "{lodash}");
    for id in ["CVE-2026-2950", "CVE-2026-4800", "CVE-2020-28500"] {
        assert!(lodash.contains(id), "{id}: {lodash}");
    }
    assert_eq!(allowed, Vec::<String>::new());
    assert_eq!(
        notices,
        [
            "\"unused-allowance\" \"plimsoll.toml\":12",
            "\"expired-allowance\" \"plimsoll.toml\":17",
            "\"missing-reason\" \"plimsoll.toml\":22"
        ]
    );
}

#[test]
fn the_posture_of_an_image_fits_its_schema() {
    let project = imaged("sbom-posture");
    let posture = json(clean(&project.run(&["posture", "image.tar", "--format", "json"])));
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/schema/posture-1.json");
    let validator = jsonschema::validator_for(&json(&std::fs::read_to_string(schema).unwrap())).unwrap();
    let faults: Vec<String> = validator.iter_errors(&posture).map(|error| error.to_string()).collect();
    assert_eq!(faults, Vec::<String>::new());
    let report = json(&project.run(&["scan", "image.tar", "--format", "json"]).stdout);
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/schema/report-1.json");
    let validator = jsonschema::validator_for(&json(&std::fs::read_to_string(schema).unwrap())).unwrap();
    let faults: Vec<String> = validator.iter_errors(&report).map(|error| error.to_string()).collect();
    assert_eq!(faults, Vec::<String>::new());
}
