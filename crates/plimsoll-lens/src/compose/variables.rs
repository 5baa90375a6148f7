//! Interpolation of a document, and the typed reading of what variables (and quotes) made text.

use plimsoll_posture::{Complaint, ComplaintKind, Via, ViaKind};

use super::cast;
use super::environment::Environment;
use super::interpolate;
use super::path::Path;
use super::tree::{Node, PieceKind, Text, Value};

/// Bytes that variables may add to one project.
const MOST: usize = 16 << 20;

/// Interpolates every text below `node`; keys stay as they are.
pub(super) fn interpolate(
    node: &mut Node,
    path: &Path<'_>,
    environment: &Environment<'_>,
    grown: &mut usize,
    complaints: &mut Vec<Complaint>,
) {
    match &mut node.value {
        Value::Map(map) => {
            for entry in &mut map.entries {
                interpolate(&mut entry.value, &path.next(&entry.key), environment, grown, complaints);
            }
        }
        Value::List(items) => {
            let below = path.next("[]");
            for item in items {
                interpolate(item, &below, environment, grown, complaints);
            }
        }
        Value::Text(text) => {
            if text.text.contains('$') {
                let taken = std::mem::take(text);
                let (text, via) = substitute(taken, node.at, environment, grown, complaints);
                node.value = Value::Text(text);
                // The steps of the variable lie nearest to the value.
                node.via.splice(0..0, via);
            }
            if let Err(wanted) = cast::cast(node, path) {
                complaints.push(Complaint {
                    kind: ComplaintKind::Invalid,
                    code: "invalid-value",
                    at: node.at,
                    message: format!("`{}` must be {wanted}", path.dotted()),
                    cure: None,
                });
            }
        }
        _ => {}
    }
}

fn substitute(
    template: Text,
    at: plimsoll_text::Span,
    environment: &Environment<'_>,
    grown: &mut usize,
    complaints: &mut Vec<Complaint>,
) -> (Text, Vec<Via>) {
    if *grown > MOST {
        complaints.push(Complaint {
            kind: ComplaintKind::Skipped,
            code: "too-much-interpolation",
            at,
            message: "the variables of this project unfold to more than is read; this text is left as it is"
                .to_owned(),
            cure: None,
        });
        return (template, Vec::new());
    }
    let result = interpolate::substitute(&template, at, &|name| environment.find(name));
    *grown += result.text.text.len();
    let refused: Vec<_> = result.refusals.iter().map(|refusal| refusal.at).collect();
    for refusal in result.refusals {
        complaints.push(Complaint {
            kind: ComplaintKind::Invalid,
            code: refusal.code,
            at: refusal.at,
            message: refusal.message,
            cure: Some(refusal.cure),
        });
    }
    let mut text = result.text;
    let mut via = Vec::new();
    for piece in &text.pieces {
        match &piece.kind {
            PieceKind::Variable(_, set_at) => via.push(Via { kind: ViaKind::Variable, span: *set_at }),
            // What Compose refuses it does not take as empty.
            PieceKind::Unset(_) if refused.contains(&piece.at) => {}
            PieceKind::Unset(name) => complaints.push(Complaint {
                kind: ComplaintKind::Doubtful,
                code: "unset-variable",
                at: piece.at,
                message: format!("the variable {name} is not set; Compose takes it as empty"),
                cure: Some(format!("set {name} in .env, or give it a default: `${{{name}:-…}}`")),
            }),
            PieceKind::Verbatim | PieceKind::Decoded => {}
        }
    }
    via.extend(text.defaults.iter().map(|(_, span)| Via { kind: ViaKind::Default, span: Some(*span) }));
    if !text.interpolated && template.pieces.is_empty() && text.text == template.text {
        text.pieces.clear();
    }
    (text, via)
}
