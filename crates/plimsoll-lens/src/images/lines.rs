//! Release lines and their end of life, from the table that ships with plimsoll.
//!
//! The table is text, one section a product; only the section that is asked for is read. "Ended" is judged against the
//! day of the data. Sources and licences: `data/README.md`.

use std::sync::Arc;

use plimsoll_posture::ReleaseLine;

/// The day of the data.
pub(super) const DATE: &str = "2026-11-22";

static TABLE: &str = include_str!("../../data/release-lines.txt");

/// One product's lines, newest release first.
#[derive(Debug, Clone)]
pub(super) struct Product {
    name: &'static str,
    cycles: Vec<Cycle>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cycle {
    /// `22`, `3.20`, `8.0`.
    pub(super) number: &'static str,
    /// `YYYY-MM-DD`, `-` for none set, `ended` for an unknown day in the past.
    end: &'static str,
    /// `-`, `lts`, or the day from which it is of long-term support.
    lts: &'static str,
    /// `jod`, `bookworm`; `-` for none. Lower case.
    pub(super) code: &'static str,
    /// Stands for releases without a line of their own in the table, before this one, which has ended.
    before: bool,
}

impl Cycle {
    /// Whether its end lies before the day of the data.
    pub(super) fn ended(self) -> bool {
        self.end == "ended" || self.end != "-" && self.end < DATE
    }

    fn long_term(self) -> bool {
        self.lts == "lts" || self.lts != "-" && self.lts <= DATE
    }
}

/// The lines of a product by its identifier in the table (`nodejs`, `debian`).
pub(super) fn product(id: &str) -> Option<Product> {
    let mark = format!("\n= {id} ");
    let start = TABLE.find(&mark)? + mark.len();
    let section = TABLE.get(start..)?;
    let section = section.find("\n= ").and_then(|end| section.get(..end)).unwrap_or(section);
    let mut lines = section.lines();
    let name = lines.next()?.trim();
    let cycles = lines
        .filter_map(|line| {
            let mut fields = line.split(' ');
            Some(Cycle {
                number: fields.next().filter(|number| !number.is_empty())?,
                end: fields.next()?,
                lts: fields.next()?,
                code: fields.next()?,
                before: false,
            })
        })
        .collect();
    Some(Product { name, cycles })
}

impl Product {
    /// The line that a version belongs to: `14.21.3` is of line 14; `7` is the newest line of 7 that is
    /// supported, else the newest (`7.4`).
    pub(super) fn of_version(&self, version: &str) -> Option<Cycle> {
        let wanted: Vec<&str> = version.split('.').collect();
        let longest = self
            .cycles
            .iter()
            .filter(|cycle| begins(&wanted, cycle.number))
            .max_by_key(|cycle| cycle.number.split('.').count());
        longest
            .or_else(|| {
                let inside = self.cycles.iter().filter(|cycle| {
                    let own: Vec<&str> = cycle.number.split('.').collect();
                    begins(&own, version)
                });
                // `mongo:7` went back to 7.0 when 7.3 had ended: publishers build what they support.
                inside.max_by_key(|cycle| (!cycle.ended(), order(cycle.number)))
            })
            .copied()
            .or_else(|| self.before_ended(version))
    }

    /// The data begins somewhere and leaves lines out (odd lines of nginx): a release without a line of its own has
    /// ended when the next line after it has.
    fn before_ended(&self, version: &str) -> Option<Cycle> {
        if !version.split('.').all(|part| part.parse::<u32>().is_ok()) {
            return None;
        }
        let next = self
            .cycles
            .iter()
            .filter(|cycle| order(cycle.number) > order(version))
            .min_by_key(|cycle| order(cycle.number))?;
        next.ended().then_some(Cycle { before: true, ..*next })
    }

    /// The line of a code name, in any case.
    pub(super) fn of_code(&self, code: &str) -> Option<Cycle> {
        let code = code.to_ascii_lowercase();
        self.cycles.iter().find(|cycle| cycle.code != "-" && cycle.code == code).copied()
    }

    /// The newest line that is supported; of long-term support where the product has such lines.
    pub(super) fn successor(&self) -> Option<Cycle> {
        let supported = || self.cycles.iter().filter(|cycle| !cycle.ended());
        supported()
            .filter(|cycle| cycle.long_term())
            .max_by_key(|cycle| order(cycle.number))
            .or_else(|| supported().next())
            .copied()
    }

    /// The lines that are of long-term support.
    pub(super) fn long_term(&self) -> impl Iterator<Item = Cycle> {
        self.cycles.iter().copied().filter(|cycle| cycle.long_term())
    }

    /// The line as the posture has it.
    pub(super) fn line(&self, cycle: Cycle) -> ReleaseLine {
        let named = matches!(self.name, "Debian" | "Ubuntu") && cycle.code != "-";
        ReleaseLine {
            product: self.name.into(),
            cycle: if cycle.before {
                format!("before {}", cycle.number).into()
            } else if named {
                format!("{} ({})", cycle.number, cycle.code).into()
            } else {
                cycle.number.into()
            },
            end_of_life: Some(cycle.end)
                .filter(|end| *end != "-" && *end != "ended" && !cycle.before)
                .map(Arc::from),
            ended: cycle.ended(),
            successor: self.successor().map(|cycle| cycle.number.into()),
        }
    }
}

/// Whether the components of `number` are the first ones of `version`.
fn begins(version: &[&str], number: &str) -> bool {
    let mut own = version.iter();
    number.split('.').all(|part| own.next() == Some(&part))
}

fn order(number: &str) -> Vec<u32> {
    number.split(['.', '-']).map(|part| part.parse().unwrap_or(0)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{self, Json, Value};

    #[test]
    fn versions_find_their_line() {
        let node = product("nodejs").unwrap();
        assert_eq!(node.of_version("14.21.3").map(|cycle| cycle.number), Some("14"));
        assert_eq!(node.of_code("Fermium").map(|cycle| cycle.number), Some("14"));
        assert_eq!(node.of_version("140"), None, "components are compared whole");
        let redis = product("redis").unwrap();
        assert_eq!(redis.of_version("7").map(|cycle| cycle.number), Some("7.4"));
        assert_eq!(redis.of_version("7.2.4-x"), redis.of_version("7.2"));
        assert_eq!(
            product("postgresql").unwrap().of_version("9.6.24").map(|cycle| cycle.number),
            Some("9.6")
        );
        // 7.0 is supported until 2027-08-31; 7.3, a rapid release, ended in 2024.
        assert_eq!(product("mongodb").unwrap().of_version("7").map(|cycle| cycle.number), Some("7.0"));
        assert!(product("no-such-product").is_none());
    }

    #[test]
    fn what_is_older_than_an_ended_line_has_ended() {
        // 1.13 is of 2017 and has no line; 1.14, the next that has one, ended in 2019.
        let nginx = product("nginx").unwrap();
        let line = nginx.line(nginx.of_version("1.13.2").unwrap());
        assert_eq!((&*line.cycle, line.ended, line.end_of_life), ("before 1.14", true, None));
        assert_eq!(nginx.of_version("1.999"), None, "newer than the data is not known");
        assert_eq!(product("nodejs").unwrap().of_version("x"), None);
    }

    /// Dates from nodejs/Release and from Debian's LTS page.
    #[test]
    fn ends_are_judged_by_the_day_of_the_data() {
        let node = product("nodejs").unwrap();
        let line = node.line(node.of_version("14").unwrap());
        assert_eq!((line.end_of_life.as_deref(), line.ended), (Some("2023-04-30"), true));
        assert!(!node.of_version("22").unwrap().ended());
        let debian = product("debian").unwrap();
        let bullseye = debian.line(debian.of_code("bullseye").unwrap());
        assert_eq!(&*bullseye.cycle, "11 (bullseye)");
        assert_eq!((bullseye.end_of_life.as_deref(), bullseye.ended), (Some("2026-08-31"), true));
        assert!(!debian.of_version("12").unwrap().ended(), "long-term support until 2028-06-30");
        assert_eq!(debian.successor().map(|cycle| cycle.code), Some("trixie"));
    }

    #[test]
    fn long_term_lines_are_preferred_as_successor() {
        // 26 is of long-term support since 2026-10-28, 27 is not released.
        assert_eq!(product("nodejs").unwrap().successor().map(|cycle| cycle.number), Some("26"));
        assert_eq!(product("ubuntu").unwrap().successor().map(|cycle| cycle.number), Some("26.04"));
        assert_eq!(product("centos").unwrap().successor(), None);
    }

    /// The table is made from the public data by this test (`UPDATE=1`), and compared with it when the data is there.
    #[test]
    fn the_table_equals_its_sources() {
        let folder = std::env::var("PLIMSOLL_DATA")
            .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data").to_owned());
        let open = |name: &str| {
            let bytes = std::fs::read(format!("{folder}/{name}")).ok()?;
            let mut sources = plimsoll_text::Sources::new();
            let id = sources.add(name, plimsoll_text::SourceKind::Other, &bytes);
            json::read(sources.get(id)).0
        };
        let (Some(eol), Some(distros), Some(node), Some(images)) = (
            open("eol.json"),
            open("distro-eol.json"),
            open("node-schedule.json"),
            open("docker-images.json"),
        ) else {
            eprintln!("not run: the end-of-life data is not there (PLIMSOLL_DATA)");
            return;
        };
        let made = table(&eol, &distros, &node, &images);
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/data/release-lines.txt");
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(path, &made).unwrap();
        } else {
            assert!(made == TABLE, "run with UPDATE=1 to make the table anew");
        }
    }

    const NAMES: &[(&str, &str)] = &[
        ("alpine-linux", "Alpine"),
        ("amazon-linux", "Amazon Linux"),
        ("apache-cassandra", "Cassandra"),
        ("apache-couchdb", "CouchDB"),
        ("apache-http-server", "Apache httpd"),
        ("apache-kafka", "Kafka"),
        ("almalinux", "AlmaLinux"),
        ("arangodb", "ArangoDB"),
        ("centos", "CentOS"),
        ("clickhouse", "ClickHouse"),
        ("cockroachdb", "CockroachDB"),
        ("containerd", "containerd"),
        ("docker-engine", "Docker Engine"),
        ("dotnet", ".NET"),
        ("eclipse-temurin", "Temurin"),
        ("elasticsearch", "Elasticsearch"),
        ("haproxy", "HAProxy"),
        ("hashicorp-vault", "Vault"),
        ("influxdb", "InfluxDB"),
        ("kong-gateway", "Kong"),
        ("mariadb", "MariaDB"),
        ("mongodb", "MongoDB"),
        ("mssqlserver", "SQL Server"),
        ("mysql", "MySQL"),
        ("neo4j", "Neo4j"),
        ("nginx", "nginx"),
        ("nodejs", "Node.js"),
        ("openjdk-builds-from-oracle", "OpenJDK"),
        ("opensearch", "OpenSearch"),
        ("opensuse", "openSUSE Leap"),
        ("oracle-linux", "Oracle Linux"),
        ("php", "PHP"),
        ("postgresql", "PostgreSQL"),
        ("rabbitmq", "RabbitMQ"),
        ("rocky-linux", "Rocky Linux"),
        ("sonarqube-community", "SonarQube"),
        ("vmware-photon", "Photon OS"),
        ("wordpress", "WordPress"),
        ("zookeeper", "ZooKeeper"),
        ("etcd", "etcd"),
        ("gitlab", "GitLab"),
        ("memcached", "memcached"),
    ];

    fn name(id: &str) -> String {
        if let Some((_, name)) = NAMES.iter().find(|(own, _)| *own == id) {
            return (*name).to_owned();
        }
        let mut letters = id.chars();
        letters
            .next()
            .map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + letters.as_str())
    }

    fn field<'a>(json: &'a Json, key: &str) -> Option<&'a str> {
        json.get(key).and_then(Json::text).map(|text| &**text)
    }

    fn day(json: &Json, key: &str) -> Option<String> {
        match &json.get(key)?.value {
            Value::Text(text) => Some(text.to_string()),
            Value::Bool(true) => Some("ended".to_owned()),
            _ => None,
        }
    }

    fn items<'a>(json: &'a Json, key: &str) -> &'a [Json] {
        match json.get(key).map(|list| &list.value) {
            Some(Value::List(items)) => items,
            _ => &[],
        }
    }

    fn table(eol: &Json, distros: &Json, node: &Json, images: &Json) -> String {
        let mut ids: Vec<&str> = images
            .get("eol")
            .unwrap()
            .members()
            .iter()
            .filter_map(|m| m.value.text().map(|t| &**t))
            .collect();
        // Programs of an engine, which no image is known for.
        ids.extend(["containerd", "podman"]);
        ids.sort_unstable();
        ids.dedup();
        let mut out = format!(
            "# Release lines: number, end of life, long-term support, code name. Day of the data: {DATE}. See README.md.\n"
        );
        for id in ids {
            out += &format!("= {id} {}\n", name(id));
            let rows = match id {
                "debian" | "ubuntu" => distribution(distros, id),
                _ => cycles(eol, node, id),
            };
            out += &rows;
        }
        out
    }

    fn cycles(eol: &Json, node: &Json, id: &str) -> String {
        let mut out = String::new();
        for cycle in items(eol.get(id).unwrap(), "cycles") {
            let number = field(cycle, "c").unwrap();
            // A line that was not out on the day of the data is no successor.
            if field(cycle, "rel").is_some_and(|day| day > DATE) || number.contains(' ') {
                continue;
            }
            let lts = match cycle.get("lts").map(|lts| &lts.value) {
                Some(Value::Bool(true)) => "lts".to_owned(),
                Some(Value::Text(day)) => day.to_string(),
                _ => "-".to_owned(),
            };
            let code = if id == "nodejs" {
                let line = node.get(&format!("v{number}"));
                line.and_then(|line| field(line, "codename")).unwrap_or("").to_ascii_lowercase()
            } else {
                String::new()
            };
            let code = if code.is_empty() { "-" } else { &code };
            let end = day(cycle, "eol").unwrap_or_else(|| "-".to_owned());
            out += &format!("{number} {end} {lts} {code}\n");
        }
        out
    }

    /// Debian ends with its long-term support; Ubuntu with the standard support that needs no subscription.
    fn distribution(distros: &Json, id: &str) -> String {
        let mut rows = Vec::new();
        for release in items(distros, id) {
            let (Some(version), Some(rel)) = (field(release, "v"), field(release, "rel")) else { continue };
            if rel > DATE {
                continue;
            }
            let end = field(release, if id == "debian" { "lts" } else { "eol" }).or(field(release, "eol"));
            // Ubuntu: April of even years.
            let even = version
                .split('.')
                .next()
                .and_then(|year| year.parse::<u32>().ok())
                .is_some_and(|y| y % 2 == 0);
            let lts = if id == "ubuntu" && even && version.ends_with(".04") { "lts" } else { "-" };
            let code = field(release, "series").unwrap_or("-");
            rows.push(format!("{version} {} {lts} {code}\n", end.unwrap_or("-")));
        }
        rows.reverse();
        rows.concat()
    }
}
