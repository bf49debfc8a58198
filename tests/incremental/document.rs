//! A Markdown file as the edits see it: front matter of one line a key, and text; and the other kinds of bytes that a site is made of.

/// Values are kept as TOML writes them.
#[derive(Clone, PartialEq)]
pub(crate) struct Document {
    pub(crate) yaml: bool,
    pub(crate) crlf: bool,
    pub(crate) keys: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Document {
    /// None where an edit has broken the front matter.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?;
        let crlf = text.contains("\r\n");
        let text = text.replace("\r\n", "\n");
        let fence = text.get(..4)?;
        let yaml = match fence {
            "+++\n" => false,
            "---\n" => true,
            _ => return None,
        };
        let (front, body) = text[4..].split_once(&format!("\n{fence}"))?;
        let mut keys = Vec::new();
        for line in front.lines() {
            let (key, value) = line.split_once(if yaml { ": " } else { " = " })?;
            let value = if yaml && value.contains('{') { value.replace(": ", " = ") } else { value.into() };
            keys.push((key.into(), value));
        }
        Some(Self { yaml, crlf, keys, body: body.into() })
    }

    pub(crate) fn render(&self) -> Vec<u8> {
        let (fence, is) = if self.yaml { ("---", ": ") } else { ("+++", " = ") };
        let mut text = format!("{fence}\n");
        for (key, value) in &self.keys {
            let value = if self.yaml && value.contains('{') { value.replace(" = ", ": ") } else { value.clone() };
            text += &format!("{key}{is}{value}\n");
        }
        text += &format!("{fence}\n{}", self.body);
        if self.crlf { text.replace('\n', "\r\n") } else { text }.into_bytes()
    }

    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        self.keys.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    /// Writes a key, in its place where it is there.
    pub(crate) fn set(&mut self, key: &str, value: &str) {
        match self.keys.iter_mut().find(|(name, _)| name == key) {
            Some((_, old)) => *old = value.into(),
            None => self.keys.push((key.into(), value.into())),
        }
    }

    pub(crate) fn unset(&mut self, key: &str) {
        self.keys.retain(|(name, _)| name != key);
    }

    /// The strings of a list.
    pub(crate) fn list(&self, key: &str) -> Vec<String> {
        let words = self.get(key).unwrap_or_default().split('"').skip(1).step_by(2);
        words.map(str::to_owned).collect()
    }

    pub(crate) fn set_list(&mut self, key: &str, words: &[String]) {
        if words.is_empty() {
            self.unset(key);
        } else {
            let quoted: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
            self.set(key, &format!("[{}]", quoted.join(", ")));
        }
    }

    /// Writes the addresses that count from the file anew, for a file that moves into a folder of its own (`deeper`) or out of it.
    pub(crate) fn move_links(&mut self, deeper: bool) {
        for text in self.keys.iter_mut().map(|(_, value)| value).chain([&mut self.body]) {
            for opening in ["](", "src=\"", "url=\"", "src = \""] {
                let mut pieces = text.split(opening).map(str::to_owned);
                let mut moved = pieces.next().unwrap_or_default();
                for piece in pieces {
                    let from_here = !piece.starts_with(['/', '#']) && !piece.starts_with("http");
                    moved += opening;
                    if from_here && deeper {
                        moved += "../";
                    }
                    moved += if from_here && !deeper { piece.strip_prefix("../").unwrap_or(&piece) } else { &piece };
                }
                *text = moved;
            }
        }
    }
}

/// The name by which links call a post: that of the file or of its folder.
pub(crate) fn stem(path: &str) -> &str {
    let name = path.trim_end_matches("/index.md").trim_end_matches(".md");
    name.rsplit('/').next().unwrap_or(name)
}

/// A PNG of one colour. Its size follows from its measures alone: another colour is another picture of the same size.
pub(crate) fn png(width: u32, height: u32, colour: [u8; 3]) -> Vec<u8> {
    let row = [&[0][..], &colour.repeat(usize::try_from(width).unwrap())].concat();
    let raw = row.repeat(usize::try_from(height).unwrap());
    let length = u16::try_from(raw.len()).unwrap();
    let mut packed = vec![0x78, 0x01, 0x01];
    packed.extend(length.to_le_bytes());
    packed.extend((!length).to_le_bytes());
    packed.extend(&raw);
    let (low, high) = raw.iter().fold((1_u32, 0_u32), |(low, high), byte| {
        let low = (low + u32::from(*byte)) % 65_521;
        (low, (high + low) % 65_521)
    });
    packed.extend(((high << 16) | low).to_be_bytes());
    let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 2, 0, 0, 0]].concat();
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    for (kind, data) in [(b"IHDR", header), (b"IDAT", packed), (b"IEND", Vec::new())] {
        let chunk = [&kind[..], &data].concat();
        bytes.extend(u32::try_from(data.len()).unwrap().to_be_bytes());
        bytes.extend(&chunk);
        bytes.extend(checksum(&chunk).to_be_bytes());
    }
    bytes
}

fn checksum(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        let mixed = sum ^ u32::from(*byte);
        (0..8).fold(mixed, |sum, _| if sum & 1 == 1 { (sum >> 1) ^ 0xEDB8_8320 } else { sum >> 1 })
    })
}

/// A WAV file of so many hundredths of a second.
pub(crate) fn wav(samples: u32) -> Vec<u8> {
    let mut bytes = b"RIFF".to_vec();
    bytes.extend((36 + samples).to_le_bytes());
    bytes.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0\x64\0\0\0\x64\0\0\0\x01\0\x08\0data");
    bytes.extend(samples.to_le_bytes());
    bytes.resize(bytes.len() + usize::try_from(samples).unwrap(), 0x80);
    bytes
}
