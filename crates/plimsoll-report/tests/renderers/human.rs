//! The report for people, line by line. Every expected text was derived from the rules beside it.

use crate::sample::{self, Desk, judged};
use plimsoll_controls::{Finding, Verdict};
use plimsoll_posture::{Plane, Provenance};
use plimsoll_report::{Detail, Report, Style, human};
use plimsoll_text::{SourceKind, Span};

fn show(report: &Report, width: usize) -> String {
    human(report, &Style { colour: false, width, detail: Detail::Normal })
}

/// The first diagnostic of a report with one finding over `start..end` of a file: without heading and summary.
fn excerpt(text: &str, start: usize, end: usize, label: &str, width: usize) -> String {
    let desk = Desk::new(&[("f", SourceKind::Other, text)]);
    let id = desk.sources.find("f").expect("f is there").id;
    let at = Provenance::new("compose", Span::new(id, start, end), "r");
    let mut finding = Finding::place(at, Plane::Declared, label, "m", "x");
    finding.why = Some(String::new());
    let judged = vec![judged(&sample::ROOT, None, Verdict::fail(finding))];
    let out = show(&sample::report(vec![sample::scenario("f", desk.sources, judged)]), width);
    let from = out.find(" --> ").expect("an arrow");
    let from = out[..from].rfind('\n').expect("a heading") + 1;
    let to = out.find("= fix").expect("a fix");
    let to = out[..to].rfind('\n').expect("an arrow") + 1;
    out[from..to].to_owned()
}

fn over(text: &str, words: &str, label: &str, width: usize) -> String {
    let start = text.find(words).expect("the words are there");
    excerpt(text, start, start + words.len(), label, width)
}

#[test]
fn the_finding_of_the_design() {
    let desk = Desk::new(&[
        ("compose.yaml", SourceKind::Compose, &("\n".repeat(10) + sample::COMPOSE)),
        ("Dockerfile", SourceKind::Dockerfile, sample::DOCKERFILE),
    ]);
    let finding = sample::root_finding(&desk);
    let judged = vec![judged(&sample::ROOT, Some(desk.service("api")), Verdict::fail(finding))];
    let report = sample::report(vec![sample::scenario("compose.yaml", desk.sources, judged)]);
    // The gutter is as wide as the largest line number, also in the second file. A finding of weight 15 that reaches
    // everybody leaves 100 × 2^(-15/40) = 77.1 points.
    let expected = "\
error[runs-as-root]: service `api` runs as root
  --> compose.yaml:14:11  high
   |
14 |     user: \"0\"
   |           ^^^ uid 0, set here
   |
  ::: Dockerfile:5:1
 5 | USER node
   | --------- overridden by compose.yaml
   |
   = why: a break-in through the API owns every file in the container and is one kernel bug from the
          host
   = fix: remove `user`, so that the image's `USER node` applies

Why a finding matters: plimsoll explain ID. Every place and every fix: --verbose.

compose.yaml: grade B, 77 of 100
  findings      1 high
  verdicts      0 passed, 1 failed, 0 not verified, 0 not applicable
  inputs        2 read
  gate          failed: findings at high or above
";
    assert_eq!(show(&report, 100), expected);
}

#[test]
fn the_sample_as_a_whole() {
    // Worst first; the three hardening gaps are one block behind the findings of graver severity; the allowed finding
    // is only counted; the complaint and the configuration's notice follow the findings.
    let expected = "\
error[secret-in-environment]: the environment of service
`api` holds the secret `DB_PASSWORD`
 --> compose.yaml:6:20  critical
  |
6 |       DB_PASSWORD: ••••
  |                    ^^^^ 18 characters in clear text
  |
  = why: It is *bad*
  = fix: move it to `secrets:` and read
         `/run/secrets/db_password`
  = note: comes through the YAML alias at compose.yaml:5:5

error[runs-as-root]: service `api` runs as root
 --> compose.yaml:4:11  high
  |
4 |     user: \"0\"
  |           ^^^ uid 0, set here
  |
 ::: Dockerfile:5:1
5 | USER node
  | --------- overridden by compose.yaml
  |
  = why: a break-in through the API owns every file in the
         container and is one kernel bug from the host
  = fix: remove `user`, so that the image's `USER node`
         applies

warning[baseline]: service `api` lacks 3 hardening settings
 --> compose.yaml:2:3  medium
  |
2 |   api:
  |   ^^^^
  |
  = lacks: capabilities-kept, writable-root-filesystem,
           memory-unlimited
  = why: each of these turns a break-in into a small one;
         together they cost a few lines
  = fix: add to the service
             # what it needs
             cap_drop: [ALL]
             read_only: true
         measure, then set a limit
  = note: assumed: no file sets them, so the engine's
          defaults hold

Why a finding matters: plimsoll explain ID. Every place and
every fix: --verbose.

what could not be read as it stands

doubtful  a port as text [quoted-number]
          compose.yaml:8:9: leave it

configuration

note[unused-allowance]: nothing needs the allowance of
`host-network`
 --> plimsoll.toml:2:1  low
  |
2 | control = \"host-network\"
  | ^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = fix: remove it

";
    let text = show(&sample::sample(), 60);
    assert!(text.starts_with(expected), "{text}");
    assert!(text.contains("\n  allowed       1 by comments; unused allowances: 1\n"), "{text}");
    assert!(text.contains("\n  inputs        2 read, 1 skipped\n"), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 60), "{text}");
}

#[test]
fn quiet_is_one_line_per_finding() {
    let text = human(&sample::sample(), &Style { colour: false, width: 80, detail: Detail::Quiet });
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 6, "five open findings and one notice");
    assert_eq!(lines[1], "compose.yaml:4:11: high: service `api` runs as root [runs-as-root]");
}

#[test]
fn verbose_shows_passes_and_what_is_accepted() {
    let text = human(&sample::sample(), &Style { colour: false, width: 100, detail: Detail::Verbose });
    for line in [
        "passed\n\n  secret-in-environment service db\n",
        "not verified\n\n  runs-as-root: service db: image postgres:16 was not inspected\n",
        "  Dockerfile:2:1: low: the package lists stay [package-cache-kept]\n    allowed: the image is squashed\n",
        "old/compose.yaml: skipped: ignored by .gitignore\n",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
}

#[test]
fn colour_only_when_it_is_asked_for() {
    let style = Style { colour: true, width: 100, detail: Detail::Normal };
    let coloured = human(&sample::sample(), &style);
    assert!(coloured.contains("\x1b[1;31merror[runs-as-root]\x1b[0m"));
    assert!(coloured.contains("\x1b[1;33mwarning[baseline]\x1b[0m"));
    assert!(!show(&sample::sample(), 100).contains('\x1b'));
}

#[test]
fn a_tab_goes_to_the_next_fourth_column() {
    // "\tab\tx": the tab fills columns 0-3, `ab` is 4-5, the second tab fills 6-7, so x is at 8.
    let expected = "\
\x20--> f:1:5  high
  |
1 |     ab  x
  |         ^ here
  |
";
    assert_eq!(over("\tab\tx\n", "x", "here", 80), expected);
}

#[test]
fn wide_characters_take_two_columns_and_combining_ones_none() {
    let expected = "\
\x20--> f:1:3  high
  |
1 | 漢字: \"値\" é x
  |     ^^^^^^ here
  |
";
    // The span covers `: \"値\"`, which is 1 + 1 + 1 + 2 + 1 columns, after 4 columns.
    assert_eq!(over("漢字: \"値\" e\u{301} x\n", ": \"値\"", "here", 80), expected.replace('é', "e\u{301}"));
    // `e` and its accent are one column: x stands at column 2.
    let text = over("e\u{301} x", "x", "", 80);
    assert!(text.ends_with("\n1 | e\u{301} x\n  |   ^\n  |\n"), "{text}");
}

#[test]
fn crlf_is_a_line_end_like_another() {
    let text = over("a: 1\r\nb: 2\r\n", "b: 2\r\n", "here", 80);
    assert_eq!(text, " --> f:2:1  high\n  |\n2 | b: 2\n  | ^^^^ here\n  |\n");
}

#[test]
fn an_empty_file_and_the_end_of_a_file_have_places() {
    assert_eq!(excerpt("", 0, 0, "here", 80), " --> f:1:1  high\n");
    assert_eq!(excerpt("ab", 2, 2, "here", 80), " --> f:1:3  high\n  |\n1 | ab\n  |   ^ here\n  |\n");
    assert_eq!(excerpt("ab\n", 3, 3, "here", 80), " --> f:2:1  high\n  |\n2 |\n  | ^ here\n  |\n");
    assert_eq!(excerpt("ab\n", 90, 99, "", 80), " --> f:2:1  high\n  |\n2 |\n  | ^\n  |\n");
}

#[test]
fn several_lines_are_framed() {
    let text = "RUN a && \\\n    b && \\\n    c\nCMD x\n";
    let expected = "\
\x20--> f:1:1  high
  |
1 | / RUN a && \\
2 | |     b && \\
3 | |     c
  | |_____^ all of it
  |
";
    assert_eq!(over(text, "RUN a && \\\n    b && \\\n    c", "all of it", 80), expected);
}

#[test]
fn the_middle_of_many_lines_is_left_out() {
    let text = "RUN <<EOF\none\ntwo\nthree\nfour\nEOF\n";
    let expected = "\
\x20--> f:1:1  high
  |
1 | / RUN <<EOF
2 | | one
3 | | two
... |
6 | | EOF
  | |___^ here
  |
";
    assert_eq!(over(text, text, "here", 80), expected);
}

#[test]
fn a_long_line_shows_what_is_around_the_mark() {
    let text = format!("{}MARK{}\n", "a".repeat(300), "b".repeat(300));
    let out = over(&text, "MARK", "here", 60);
    let lines: Vec<&str> = out.lines().collect();
    assert!(lines.iter().all(|line| line.chars().count() <= 60), "{out}");
    let (shown, marked) = (lines[2], lines[3]);
    assert!(shown.starts_with("1 | ...aaa") && shown.ends_with("bbb..."), "{out}");
    assert_eq!(shown.find("MARK"), marked.find("^^^^"), "{out}");
}

#[test]
fn words_that_do_not_fit_beside_the_mark_go_below_it() {
    let label = "these are more words than fit beside the mark on a line of sixty columns";
    let out = over("      value: 1\n", "value", label, 60);
    let expected = "\
1 |       value: 1
  |       ^^^^^
  |       these are more words than fit beside the mark on a
  |       line of sixty columns
";
    assert!(out.contains(expected), "{out}");
}

#[test]
fn several_places_of_one_file_are_joined_in_the_order_of_lines() {
    let text = "a: 1\nb: 2\nc: 3\nd: 4\ne: 5\nf: 6\n";
    let desk = Desk::new(&[("f", SourceKind::Other, text)]);
    let finding = desk
        .finding("f", "c: 3", "primary", "m", "x")
        .near(desk.at("f", "a"), "before")
        .near(desk.at("f", "f"), "after")
        .near(desk.at("f", "3"), "inside");
    let judged = vec![judged(&sample::ROOT, None, Verdict::fail(finding))];
    let out = show(&sample::report(vec![sample::scenario("f", desk.sources, judged)]), 80);
    // One line between two marked ones is shown, more are three dots.
    let expected = "\
\x20--> f:3:1  high
  |
1 | a: 1
  | - before
2 | b: 2
3 | c: 3
  | ^^^^ primary
  |    - inside
...
6 | f: 6
  | - after
  |
";
    assert!(out.contains(expected), "{out}");
}

#[test]
fn one_place_in_several_services_is_told_once() {
    let text = "x-common: &common\n  privileged: true\nservices:\n  api: *common\n  web: *common\n";
    let desk = Desk::new(&[("compose.yaml", SourceKind::Compose, text)]);
    let found = |name: &str| {
        let message = format!("service `{name}` runs privileged");
        let finding = desk.finding("compose.yaml", "true", "everything", &message, "remove it");
        judged(&sample::SECRET, Some(desk.service(name)), Verdict::fail(finding))
    };
    let judged = vec![found("api"), found("web")];
    let out = show(&sample::report(vec![sample::scenario("compose.yaml", desk.sources, judged)]), 80);
    assert_eq!(out.matches("error[").count(), 1, "{out}");
    assert!(
        out.contains("error[secret-in-environment]: service `api` runs privileged, and 1 more in `web`\n"),
        "{out}"
    );
    assert_eq!(out.matches("^^^^ everything").count(), 1, "{out}");
    assert!(out.contains("  findings      2 critical\n"), "both are counted\n{out}");
}

#[test]
fn several_projects_are_kept_apart_and_summed_up() {
    let mut report = sample::sample();
    let mut other = report.scenarios[0].clone();
    other.name = "other/compose.yaml".to_owned();
    other.judged.clear();
    other.score = plimsoll_controls::score(&[]);
    report.scenarios.push(other);
    let text = show(&report, 80);
    assert!(text.contains("=== compose.yaml ="), "{text}");
    assert!(text.contains("2 projects: grade E, 30 of 100\n"), "the lower score\n{text}");
    assert!(text.contains("  A 100  other/compose.yaml: no findings\n"), "{text}");
}

/// A service with `count` ports that are wrong, all in one verdict.
fn ports(count: usize) -> Report {
    let lines: Vec<String> = (0..count).map(|at| format!("      - \"{}:80\"\n", 8000 + at)).collect();
    let text = format!("services:\n  api:\n    image: x\n    ports:\n{}", lines.concat());
    let desk = Desk::new(&[("compose.yaml", SourceKind::Compose, &text)]);
    let findings = (0..count)
        .map(|at| {
            let words = format!("{}:80", 8000 + at);
            desk.finding(
                "compose.yaml",
                &words,
                "no address",
                &format!("port {} is open", 8000 + at),
                &format!("close `{words}`"),
            )
            .because("everybody gets in")
        })
        .collect();
    let judged = vec![judged(&sample::ROOT, Some(desk.service("api")), Verdict::Fail(findings))];
    sample::report(vec![sample::scenario("compose.yaml", desk.sources, judged)])
}

#[test]
fn findings_of_one_control_in_one_service_are_one_diagnostic() {
    // The same reason and fix are said once, each place has its mark, and every finding is counted.
    let expected = "\
error[runs-as-root]: port 8000 is open, and 1 more
 --> compose.yaml:5:10  high
  |
5 |       - \"8000:80\"
  |          ^^^^^^^ no address
6 |       - \"8001:80\"
  |          ^^^^^^^ no address
  |
  = why: everybody gets in
  = fix: close `8000:80`
  = fix: likewise at the other places

";
    assert!(show(&ports(2), 100).starts_with(expected), "{}", show(&ports(2), 100));
}

#[test]
fn of_many_places_the_first_three_are_shown_unless_all_are_asked_for() {
    let marks = |text: &str| text.matches("^^^^^^^ no address").count();
    let brief = show(&ports(9), 100);
    assert_eq!(marks(&brief), 3, "{brief}");
    assert!(brief.contains("port 8000 is open, and 8 more\n"), "{brief}");
    assert!(brief.contains("= note: and 6 more places, see --verbose\n"), "{brief}");
    let style = Style { colour: false, width: 100, detail: Detail::Verbose };
    let verbose = human(&ports(9), &style);
    assert_eq!(marks(&verbose), 9, "{verbose}");
    assert!(!verbose.contains("more places"), "{verbose}");
}

/// A finding of a control in a service of the sample.
fn found(
    desk: &Desk,
    control: &'static plimsoll_controls::Control,
    service: &str,
    message: &str,
) -> plimsoll_report::Judged {
    let finding = desk.finding("compose.yaml", &format!("{service}:"), "here", message, "do it");
    judged(control, Some(desk.service(service)), Verdict::fail(finding))
}

#[test]
fn what_is_less_grave_takes_a_line_or_two() {
    let desk = Desk::new(&[("compose.yaml", SourceKind::Compose, sample::COMPOSE)]);
    let judged = vec![
        found(&desk, &sample::CACHE, "api", "the cache stays"),
        found(&desk, &sample::CACHE, "db", "the cache stays"),
        found(&desk, &sample::CAPS, "api", "service `api` keeps all capabilities"),
    ];
    let text = show(&sample::report(vec![sample::scenario("compose.yaml", desk.sources, judged)]), 100);
    // One hardening gap alone is no block. A medium finding has its place and fix on a line of its own, a low one its
    // place before it. `db` is the second service: it stands on line 9 of the sample.
    let expected = "\
medium    service `api` keeps all capabilities [capabilities-kept]
          compose.yaml:2:3: do it
low       compose.yaml:2:3: the cache stays, and 1 more in `db` [package-cache-kept]

Why a finding matters";
    assert!(text.starts_with(expected), "{text}");
}

#[test]
fn gaps_of_several_services_are_cured_once() {
    let desk = Desk::new(&[("compose.yaml", SourceKind::Compose, sample::COMPOSE)]);
    let gap = |control, service: &str, fix: &str| {
        let finding = desk.finding("compose.yaml", &format!("{service}:"), "", "m", fix);
        judged(control, Some(desk.service(service)), Verdict::fail(finding))
    };
    let judged = vec![
        gap(&sample::CAPS, "api", "add `cap_drop: [ALL]`"),
        gap(&sample::CAPS, "db", "add `cap_drop: [ALL]` and `cap_add: [CHOWN]`"),
        gap(&sample::ROFS, "api", "set `read_only: true`"),
    ];
    let text = show(&sample::report(vec![sample::scenario("compose.yaml", desk.sources, judged)]), 100);
    // What both lack is one anchor; what one lacks besides is named with it.
    let expected = "\
warning[baseline]: 2 services lack hardening settings
 --> compose.yaml:2:3  medium
  |
2 |   api:
  |   ^^^^ the first of them
  |
  = lacks: `api`: capabilities-kept, writable-root-filesystem
  = lacks: `db`: capabilities-kept
  = why: each of these turns a break-in into a small one; together they cost a few lines
  = fix: write once, above `services`, and add `<<: *hardening` to each of them
           x-hardening: &hardening
             cap_drop: [ALL]
  = fix: in `api`: `read_only: true`
  = fix: in `db`: `cap_add: [CHOWN]`
";
    assert!(text.starts_with(expected), "{text}");
}

#[test]
fn why_it_matters_is_said_once() {
    let desk = Desk::new(&[("compose.yaml", SourceKind::Compose, sample::COMPOSE)]);
    let one = |service: &str, words: &str| {
        let finding = desk.finding("compose.yaml", words, "here", "m", "x").because("it hurts");
        judged(&sample::ROOT, Some(desk.service(service)), Verdict::fail(finding))
    };
    let both = vec![one("api", "\"0\""), one("db", "postgres:16")];
    let report = sample::report(vec![sample::scenario("compose.yaml", desk.sources.clone(), both)]);
    let text = show(&report, 100);
    assert_eq!(text.matches("error[runs-as-root]").count(), 1, "{text}");
    assert_eq!(text.matches("= why: it hurts").count(), 1, "{text}");
    let text = human(&report, &Style { colour: false, width: 100, detail: Detail::Verbose });
    assert_eq!(text.matches("error[runs-as-root]").count(), 2, "{text}");
    assert_eq!(text.matches("= why: it hurts").count(), 1, "{text}");
}

#[test]
fn what_is_good_to_know_is_shown_on_demand() {
    let mut report = sample::sample();
    for notice in &mut report.configuration.notices {
        notice.severity = plimsoll_controls::Severity::Info;
    }
    let code = report.configuration.notices.first().expect("the sample has one").code;
    let told =
        |detail| human(&report, &Style { colour: false, width: 80, detail }).contains(&format!("[{code}]"));
    assert!(!told(Detail::Quiet) && !told(Detail::Normal) && told(Detail::Verbose));
}
