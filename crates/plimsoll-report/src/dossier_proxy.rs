//! The part of a service's dossier that tells how it stands in front of others.
//!
//! Deliberately absent: statements that a control judges; the report tells those.

use std::borrow::Cow;

use plimsoll_posture::{
    Action, BodyLimit, Known, Layer, Listener, Provenance, Proxy, Route, Said, Site, Upstream,
};
use serde_json::{Value, json};

use crate::dossier::{Row, Table, unknown};

/// The rows of a proxy; all are null for a service that is none.
pub(crate) fn rows<'a>(table: &Table<'a, '_>, rows: &mut Vec<Row<'a>>) {
    let Some(proxy) = &table.service.proxy else {
        rows.extend(["proxy", "listens", "routes"].map(|name| table.nothing(name)));
        return;
    };
    rows.push(row(table, "proxy", summary(table, proxy), &proxy.at));
    let mut listeners: Vec<Value> = Vec::new();
    for (listener, site) in
        proxy.sites.iter().flat_map(|site| site.listeners.iter().map(move |listener| (listener, site)))
    {
        let value = told(listener, site);
        if !listeners.iter().any(|other| same_listener(other, &value)) {
            listeners.push(placed(table, value, &listener.at));
        }
    }
    rows.push(row(table, "listens", Value::Array(listeners), &proxy.at));
    let routes = proxy.sites.iter().flat_map(|site| {
        site.routes.iter().map(move |route| placed(table, of_route(table, site, route), &route.at))
    });
    rows.push(row(table, "routes", Value::Array(routes.collect()), &proxy.at));
}

fn row<'a>(table: &Table<'a, '_>, name: &'static str, value: Value, said: &'a Said) -> Row<'a> {
    Row {
        value: Known::Value(value),
        plane: said.plane,
        layer: if said.plane == plimsoll_posture::Plane::Assumed { Layer::Base } else { Layer::Compose },
        at: Cow::Borrowed(&said.at),
        ..table.nothing(name)
    }
}

fn summary(table: &Table<'_, '_>, proxy: &Proxy) -> Value {
    let files: Vec<Value> = proxy.files.iter().map(|file| table.text(file)).collect();
    json!({
        "files": files,
        "software": proxy.software.name(),
        "unread": proxy.unread.as_ref().map(unknown),
    })
}

fn told(listener: &Listener, site: &Site) -> Value {
    json!({
        "address": listener.address.as_deref(),
        "http": site.http,
        "port": listener.port,
        "redirects": site.only_redirects(),
        "tls": listener.tls,
    })
}

fn same_listener(placed: &Value, listener: &Value) -> bool {
    ["address", "http", "port", "redirects", "tls"].iter().all(|key| placed.get(key) == listener.get(key))
}

fn placed(table: &Table<'_, '_>, value: Value, said: &Said) -> Value {
    let mut value = value;
    if let Value::Object(fields) = &mut value {
        fields.insert("at".to_owned(), place(table, &said.at));
        fields.insert("plane".to_owned(), json!(said.plane.name()));
    }
    value
}

fn place(table: &Table<'_, '_>, at: &Provenance) -> Value {
    (table.locate)(at)
}

fn of_route(table: &Table<'_, '_>, site: &Site, route: &Route) -> Value {
    let (action, to) = match &route.action {
        Action::Forward(upstreams) => {
            ("forward", upstreams.iter().map(|upstream| of_upstream(table, upstream)).collect())
        }
        Action::Files { root, .. } => ("files", vec![table.text(root)]),
        Action::RedirectToTls => ("redirect-to-https", Vec::new()),
        Action::Answer => ("answer", Vec::new()),
    };
    let headers: Vec<&str> = route.headers.iter().map(|header| &*header.name).collect();
    json!({
        "action": action,
        "body_bytes": match &route.body {
            BodyLimit::Bytes(bytes, _) => json!(bytes),
            BodyLimit::Unlimited(_) => Value::Null,
        },
        "guarded": route.guarded.as_ref().map(|at| place(table, at)),
        "headers": headers,
        "path": table.text(&route.path),
        "rate_limited": route.limited.as_ref().map(|at| place(table, at)),
        "site": site.names.iter().map(|name| table.text(name)).collect::<Vec<_>>(),
        "to": to,
    })
}

fn of_upstream(table: &Table<'_, '_>, upstream: &Upstream) -> Value {
    match (&upstream.host, upstream.port) {
        (None, _) => json!("what the request or a variable says"),
        (Some(host), None) => table.text(host),
        (Some(host), Some(port)) => table.text(&format!("{host}:{port}")),
    }
}
