//! What was taken becomes part of a `plimsoll.toml`, and nothing that is there is lost.
//!
//! What is there already and says something else stops the import: which of the two is meant only the user knows.

use plimsoll_controls::Severity;
use plimsoll_policy::Format;
use toml_edit::{Array, ArrayOfTables, DocumentMut, InlineTable, Item, Table, Value, value};

use super::{Taken, Wish};

/// The policies that an import writes.
const LABELS: &str = "image-labels";
const IMAGES: &str = "trusted-images";

pub(super) struct Draft {
    pub(super) text: String,
    pub(super) remarks: Vec<String>,
    pub(super) added: usize,
}

/// Adds what was taken, file by file, to the text of a configuration.
pub(super) fn merge(
    harvests: &[(String, &str, Vec<Taken>)],
    existing: &str,
    name: &str,
) -> Result<Draft, String> {
    let document: DocumentMut = existing.parse().map_err(|error: toml_edit::TomlError| {
        let at = error.span().map(|span| line_of(existing, span.start)).unwrap_or(1);
        format!("{name}:{at} is not valid TOML: {}", error.message().trim())
    })?;
    let mut merge = Merge { document, name, remarks: Vec::new(), added: 0 };
    for (file, tool, taken) in harvests {
        for taken in taken {
            merge.one(file, tool, taken)?;
        }
    }
    let Merge { document, remarks, added, .. } = merge;
    Ok(Draft { text: document.to_string().trim_start_matches('\n').to_owned(), remarks, added })
}

fn line_of(text: &str, at: usize) -> usize {
    text.get(..at).unwrap_or("").matches('\n').count() + 1
}

struct Merge<'a> {
    document: DocumentMut,
    name: &'a str,
    remarks: Vec<String>,
    added: usize,
}

impl Merge<'_> {
    fn one(&mut self, file: &str, tool: &str, taken: &Taken) -> Result<(), String> {
        let place = format!("{file}:{}", taken.line);
        match &taken.wish {
            Wish::Off { control, subject: None, reason: None, .. } => {
                let note = format!("{place} {}", taken.peer);
                self.append("skip", control.id, &note)
            }
            Wish::Off { control, subject, reason, until } => {
                let subject = subject.as_deref().unwrap_or(crate::allow::EVERYTHING);
                let reason = reason
                    .clone()
                    .unwrap_or_else(|| format!("{tool} ignores {} without a reason", taken.peer));
                self.allow(&place, &taken.peer, [control.id, subject, &reason], until.as_deref())
            }
            Wish::Severity(control, severity) => self.severity(&place, control.id, *severity),
            Wish::Registries(list) if list.iter().any(|entry| entry.contains('*')) => {
                let mut images = Array::new();
                for entry in list {
                    images.push(format!("{}/**", entry.trim_end_matches('/')));
                }
                self.policy(
                    &place,
                    IMAGES,
                    "images come from registries that are trusted",
                    Severity::Medium,
                    |table| {
                        table.insert("allowed-images", value(images));
                    },
                )
            }
            Wish::Registries(list) => {
                list.iter().try_for_each(|entry| self.append("trusted-registries", entry, &place))
            }
            Wish::Labels { labels, strict } => {
                let mut forms = InlineTable::new();
                for (label, format) in labels {
                    forms.insert(label, Format::name(*format).into());
                }
                self.policy(&place, LABELS, "images carry the agreed labels", Severity::Low, |table| {
                    table.insert("required-labels", value(forms));
                    if *strict {
                        table.insert("strict-labels", value(true));
                    }
                })
            }
            Wish::Gate(gate) => {
                let gate = gate.map_or("never", Severity::name);
                match self.document.get("fail-on") {
                    None => {
                        self.document.insert("fail-on", value(gate));
                        self.added += 1;
                        Ok(())
                    }
                    Some(item) if item.as_str() == Some(gate) => Ok(()),
                    Some(_) => Err(self.conflict(&place, "fail-on", gate)),
                }
            }
        }
    }

    fn conflict(&self, place: &str, what: &str, wanted: &str) -> String {
        let name = self.name;
        format!(
            "{name} says something else about `{what}` than {place}, which asks for `{wanted}`: settle it there first"
        )
    }

    fn wrong(&self, what: &str, kind: &str) -> String {
        format!("`{what}` in {} is no {kind}: put it right first", self.name)
    }

    /// Adds a text to a list at the top, with the place it comes from as a comment when it is an id.
    fn append(&mut self, key: &str, text: &str, note: &str) -> Result<(), String> {
        if self.document.get(key).is_none() {
            self.document.insert(key, value(Array::new()));
        }
        let Some(array) = self.document.get_mut(key).and_then(Item::as_array_mut) else {
            return Err(self.wrong(key, "list"));
        };
        if array.iter().any(|own| own.as_str() == Some(text)) {
            return Ok(());
        }
        let mut item = Value::from(text);
        item.decor_mut().set_prefix(format!("\n    # {note}\n    "));
        array.push_formatted(item);
        array.set_trailing_comma(true);
        let trailing = array.trailing().as_str().unwrap_or("").to_owned();
        if !trailing.contains('\n') {
            array.set_trailing(format!("{trailing}\n"));
        }
        self.added += 1;
        Ok(())
    }

    fn severity(&mut self, place: &str, id: &str, severity: Severity) -> Result<(), String> {
        if self.document.get("severity").is_none() {
            let mut table = Table::new();
            table.decor_mut().set_prefix("\n");
            self.document.insert("severity", Item::Table(table));
        }
        let Some(table) = self.document.get_mut("severity").and_then(Item::as_table_like_mut) else {
            return Err(self.wrong("severity", "table"));
        };
        match table.get(id).map(|item| item.as_str() == Some(severity.name())) {
            Some(true) => Ok(()),
            Some(false) => Err(self.conflict(place, id, severity.name())),
            None => {
                table.insert(id, value(severity.name()));
                self.added += 1;
                Ok(())
            }
        }
    }

    /// The tables of a list of tables.
    fn tables(&mut self, key: &str) -> Result<&mut ArrayOfTables, String> {
        if self.document.get(key).is_none() {
            self.document.insert(key, Item::ArrayOfTables(ArrayOfTables::new()));
        }
        let wrong = self.wrong(key, "list of tables with headers");
        self.document.get_mut(key).and_then(Item::as_array_of_tables_mut).ok_or(wrong)
    }

    fn allow(
        &mut self,
        place: &str,
        peer: &str,
        [control, subject, reason]: [&str; 3],
        until: Option<&str>,
    ) -> Result<(), String> {
        let text = |table: &Table, key: &str| table.get(key).and_then(Item::as_str).map(str::to_owned);
        let tables = self.tables("allow")?;
        let known = tables.iter().find(|table| {
            text(table, "control").as_deref() == Some(control)
                && text(table, "subject").as_deref() == Some(subject)
        });
        if let Some(known) = known {
            let other = text(known, "reason").filter(|own| own != reason);
            if other.is_some() {
                self.remarks.push(format!(
                    "{place}: {control} is allowed for `{subject}` already; the reason here was: {reason}"
                ));
            }
            return Ok(());
        }
        let mut table = Table::new();
        table.decor_mut().set_prefix(format!("\n# {place} {peer}\n"));
        table.insert("control", value(control));
        table.insert("subject", value(subject));
        table.insert("reason", value(reason));
        if let Some(until) = until {
            match until.parse::<toml_edit::Datetime>() {
                Ok(date) => table.insert("until", value(date)),
                Err(_) => table.insert("until", value(until)),
            };
        }
        tables.push(table);
        self.added += 1;
        Ok(())
    }

    fn policy(
        &mut self,
        place: &str,
        id: &str,
        message: &str,
        severity: Severity,
        rule: impl FnOnce(&mut Table),
    ) -> Result<(), String> {
        let mut table = Table::new();
        table.decor_mut().set_prefix(format!("\n# {place}\n"));
        table.insert("id", value(id));
        table.insert("message", value(message));
        table.insert("severity", value(severity.name()));
        rule(&mut table);
        let conflict = self.conflict(place, &format!("policy/{id}"), "another rule");
        let tables = self.tables("policy")?;
        let known = tables.iter().find(|own| own.get("id").and_then(Item::as_str) == Some(id)).map(rules);
        match known {
            None => {
                tables.push(table);
                self.added += 1;
                Ok(())
            }
            Some(own) if own == rules(&table) => Ok(()),
            Some(_) => Err(conflict),
        }
    }
}

/// What a policy asks for, without spaces and comments.
fn rules(table: &Table) -> Vec<String> {
    let kept = |key: &str| !matches!(key, "message" | "severity" | "why" | "fix");
    let mut rules: Vec<String> = table
        .iter()
        .filter(|(key, _)| kept(key))
        .map(|(key, item)| format!("{key}={}", item.to_string().split_whitespace().collect::<String>()))
        .collect();
    rules.sort();
    rules
}
