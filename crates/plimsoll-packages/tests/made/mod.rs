//! Archives of images, made byte by byte: a tar writer, and the shapes in which engines save.
//!
//! Deliberately absent: anything that the reader under test could share with its writer, but for the digest.

use std::fmt::Write as _;

use plimsoll_packages::layer::decode::digest;

/// A tar.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tar(pub(crate) Vec<u8>);

impl Tar {
    /// One header of the classic form and the content behind it.
    pub(crate) fn entry(&mut self, name: &str, kind: u8, mode: u32, link: &str, content: &[u8]) -> &mut Self {
        self.sized(name, kind, mode, link, content.len() as u64, content)
    }

    /// The same with a size that may be a lie.
    pub(crate) fn sized(
        &mut self,
        name: &str,
        kind: u8,
        mode: u32,
        link: &str,
        size: u64,
        content: &[u8],
    ) -> &mut Self {
        let mut header = [0_u8; 512];
        let mut put = |at: usize, bytes: &[u8]| header[at..at + bytes.len()].copy_from_slice(bytes);
        put(0, &name.as_bytes()[..name.len().min(100)]);
        put(100, format!("{mode:07o}\0").as_bytes());
        put(108, b"0000000\0");
        put(116, b"0000000\0");
        put(124, format!("{size:011o}\0").as_bytes());
        put(136, b"00000000000\0");
        put(148, b"        ");
        put(156, &[kind]);
        put(157, &link.as_bytes()[..link.len().min(100)]);
        put(257, b"ustar\x0000");
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        self.0.extend_from_slice(&header);
        self.0.extend_from_slice(content);
        self.0.resize(self.0.len().next_multiple_of(512), 0);
        self
    }

    /// A regular file; a long name gets a PAX record.
    pub(crate) fn file(&mut self, name: &str, content: impl AsRef<[u8]>) -> &mut Self {
        self.file_of(name, 0o644, content)
    }

    /// The same with a mode.
    pub(crate) fn file_of(&mut self, name: &str, mode: u32, content: impl AsRef<[u8]>) -> &mut Self {
        if name.len() > 100 {
            self.pax(&[("path", name)]);
        }
        self.entry(name, b'0', mode, "", content.as_ref())
    }

    /// A PAX record for the next entry.
    pub(crate) fn pax(&mut self, pairs: &[(&str, &str)]) -> &mut Self {
        let mut text = String::new();
        for (key, value) in pairs {
            // The length counts itself.
            let rest = key.len() + value.len() + 3;
            let mut length = rest + 1;
            while length != rest + length.to_string().len() {
                length = rest + length.to_string().len();
            }
            let _ = writeln!(text, "{length} {key}={value}");
        }
        self.entry("PaxHeaders/x", b'x', 0o644, "", text.as_bytes())
    }

    /// The two closing blocks.
    pub(crate) fn end(&self) -> Vec<u8> {
        let mut bytes = self.0.clone();
        bytes.resize(bytes.len() + 1024, 0);
        bytes
    }
}

/// An image to be saved.
#[derive(Debug, Clone, Default)]
pub(crate) struct Image {
    pub(crate) names: Vec<String>,
    /// The `config` object.
    pub(crate) config: String,
    /// The history: `created_by`, and whether it made a layer.
    pub(crate) steps: Vec<(String, bool)>,
    /// Layers as tars.
    pub(crate) layers: Vec<Vec<u8>>,
    /// Layers that are named and not saved.
    pub(crate) missing: Vec<usize>,
}

impl Image {
    /// One with these layers, each made by a `COPY`.
    pub(crate) fn of(layers: &[Tar]) -> Self {
        Self {
            names: vec!["api:1.0".to_owned()],
            config: "{}".to_owned(),
            steps: layers.iter().map(|_| ("COPY . . # buildkit".to_owned(), true)).collect(),
            layers: layers.iter().map(Tar::end).collect(),
            missing: Vec::new(),
        }
    }

    /// The configuration.
    pub(crate) fn document(&self) -> String {
        let quoted = |text: &str| format!("{text:?}");
        let history = self.steps.iter().map(|(step, layer)| {
            let empty = if *layer { "" } else { ",\"empty_layer\":true" };
            format!("{{\"created_by\":{}{empty}}}", quoted(step))
        });
        let ids = self.layers.iter().map(|layer| quoted(&digest(layer)));
        format!(
            "{{\"architecture\":\"amd64\",\"os\":\"linux\",\"config\":{},\"history\":[{}],\"rootfs\":{{\"type\":\"layers\",\"diff_ids\":[{}]}}}}",
            self.config,
            history.collect::<Vec<_>>().join(","),
            ids.collect::<Vec<_>>().join(",")
        )
    }

    /// As engines before 25 save: a directory per layer, the configuration by its digest, `manifest.json` last.
    pub(crate) fn old(&self) -> Vec<u8> {
        let config = self.document();
        let name = format!("{}.json", hex(&digest(config.as_bytes())));
        let mut tar = Tar::default();
        let mut names = Vec::new();
        for (at, layer) in self.layers.iter().enumerate() {
            let id = hex(&digest(format!("{at}").as_bytes())).to_owned();
            let file = format!("{id}/layer.tar");
            if !self.missing.contains(&at) {
                tar.entry(&format!("{id}/"), b'5', 0o755, "", b"");
                tar.file(&format!("{id}/VERSION"), "1.0");
                tar.file(&format!("{id}/json"), "{}");
                tar.file(&file, layer);
            }
            names.push(format!("{file:?}"));
        }
        tar.file(&name, &config);
        tar.file("manifest.json", self.manifest(&name, &names));
        tar.file("repositories", "{}");
        tar.end()
    }

    fn manifest(&self, config: &str, layers: &[String]) -> String {
        let tags: Vec<String> = self.names.iter().map(|name| format!("{name:?}")).collect();
        format!(
            "[{{\"Config\":{config:?},\"RepoTags\":[{}],\"Layers\":[{}]}}]",
            tags.join(","),
            layers.join(",")
        )
    }

    /// The blobs of the OCI layout: name and bytes, and the digest of the manifest last. `packed` compresses a layer.
    pub(crate) fn blobs(&self, packed: &dyn Fn(&[u8]) -> Vec<u8>) -> (Vec<(String, Vec<u8>)>, String) {
        let config = self.document().into_bytes();
        let mut blobs = vec![(digest(&config), config.clone())];
        let mut layers = Vec::new();
        for layer in &self.layers {
            let bytes = packed(layer);
            let own = digest(&bytes);
            layers.push(format!("{{\"digest\":{own:?},\"size\":{}}}", bytes.len()));
            blobs.push((own, bytes));
        }
        let manifest = format!(
            "{{\"schemaVersion\":2,\"config\":{{\"digest\":{:?},\"size\":{}}},\"layers\":[{}]}}",
            digest(&config),
            config.len(),
            layers.join(",")
        );
        let own = digest(manifest.as_bytes());
        blobs.push((own.clone(), manifest.into_bytes()));
        let named =
            blobs.into_iter().map(|(digest, bytes)| (format!("blobs/sha256/{}", hex(&digest)), bytes));
        (named.collect(), own)
    }

    /// As engines since 25 save: the OCI layout with a `manifest.json` beside it.
    pub(crate) fn new_shape(&self, packed: &dyn Fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
        let (blobs, manifest) = self.blobs(packed);
        let mut tar = Tar::default();
        for (name, bytes) in &blobs {
            tar.file(name, bytes);
        }
        let config = &blobs[0].0;
        let layers: Vec<String> =
            blobs[1..blobs.len() - 1].iter().map(|(name, _)| format!("{name:?}")).collect();
        tar.file("index.json", index(&[(&manifest, "")]));
        tar.file("manifest.json", self.manifest(config, &layers));
        tar.file("oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}");
        tar.end()
    }
}

/// An index of manifests, each with further members of its descriptor.
pub(crate) fn index(manifests: &[(&str, &str)]) -> String {
    let all: Vec<String> =
        manifests.iter().map(|(digest, more)| format!("{{\"digest\":{digest:?}{more}}}")).collect();
    format!("{{\"schemaVersion\":2,\"manifests\":[{}]}}", all.join(","))
}

/// The digits of a digest.
pub(crate) fn hex(digest: &str) -> &str {
    digest.strip_prefix("sha256:").unwrap_or(digest)
}

/// A program as Go's linker writes it since 1.18, of `1.19.8 a.example/b@v1.0.0 …`.
pub(crate) fn go_program(build: &str) -> Vec<u8> {
    let mut words = build.split(' ');
    let go = format!("go{}", words.next().unwrap_or(""));
    let mut text = String::from("path\tacme.example/cmd\n");
    for (path, version) in words.filter_map(|module| module.split_once('@')) {
        let _ = writeln!(text, "dep\t{path}\t{version}\th1:x=");
    }
    // The texts in between stand between two marks of 16 bytes.
    let modules = [&[0x30; 16], text.as_bytes(), &[0xf9; 16]].concat();
    let mut bytes = vec![0; 64];
    bytes[..6].copy_from_slice(b"\x7fELF\x02\x01");
    bytes.extend_from_slice(b"\xff Go buildinf:\x08\x02");
    bytes.resize(96, 0);
    for part in [go.as_bytes(), &modules] {
        let length = part.len();
        bytes.extend([(length & 0x7f) as u8 | 0x80, (length >> 7) as u8]);
        bytes.extend_from_slice(part);
    }
    bytes.resize(300_000, 0);
    bytes
}
