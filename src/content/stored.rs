//! Documents as bytes and back, for those who keep what was read: everything of them but where their file is.

use std::ops::Range;

use serde::Deserialize;
use serde::Serialize;

use crate::content::author::Profile;
use crate::content::call::Call;
use crate::content::document::Author;
use crate::content::document::Body;
use crate::content::document::Document;
use crate::content::front_matter::FrontMatter;
use crate::content::links::Reference;
use crate::content::markdown::Options;
use crate::content::outline::Outline;
use crate::files::tree::File;

#[derive(Serialize)]
struct BodyOut<'a> {
    range: &'a Range<usize>,
    options: Options,
    outline: &'a Outline,
    references: &'a [Reference],
    calls: &'a [Call],
    digest: [u8; 32],
}

#[derive(Deserialize)]
struct BodyIn {
    range: Range<usize>,
    options: Options,
    outline: Outline,
    references: Vec<Reference>,
    calls: Vec<Call>,
    digest: [u8; 32],
}

/// A post or a page as bytes; `None` where that cannot be done, which loses nothing but time.
#[must_use]
pub fn document(document: &Document) -> Option<Vec<u8>> {
    // Taken apart field by field, so that a new one cannot be forgotten here.
    let Document { front, body, name } = document;
    postcard::to_stdvec(&(front, body_out(body), name)).ok()
}

/// A post or a page again, of the file `file`. Bytes that are none give `None`.
#[must_use]
pub fn to_document(bytes: &[u8], file: &File) -> Option<Document> {
    let (front, body, name): (FrontMatter, BodyIn, String) = postcard::from_bytes(bytes).ok()?;
    Some(Document { front, body: body_of(body, file), name })
}

/// An author as bytes.
#[must_use]
pub fn author(author: &Author) -> Option<Vec<u8>> {
    let Author { profile, body, id } = author;
    postcard::to_stdvec(&(profile, body_out(body), id)).ok()
}

/// An author again.
#[must_use]
pub fn to_author(bytes: &[u8], file: &File) -> Option<Author> {
    let (profile, body, id): (Profile, BodyIn, String) = postcard::from_bytes(bytes).ok()?;
    Some(Author { profile, body: body_of(body, file), id })
}

fn body_out(body: &Body) -> BodyOut<'_> {
    let Body { file: _, range, options, outline, references, calls, digest } = body;
    BodyOut { range, options: *options, outline, references, calls, digest: *digest }
}

fn body_of(body: BodyIn, file: &File) -> Body {
    let BodyIn { range, options, outline, references, calls, digest } = body;
    Body { file: file.clone(), range, options, outline, references, calls, digest }
}

/// The user's own table. Templates see such a value as plain data, which forgets the places and what a date was.
pub(in crate::content) mod node {
    use std::ops::Range;

    use serde::Deserialize;
    use serde::Deserializer;
    use serde::Serialize;
    use serde::Serializer;

    use crate::diagnostic::node::Data;
    use crate::diagnostic::node::Key;
    use crate::diagnostic::node::Node;

    #[derive(Serialize, Deserialize)]
    struct Stored {
        span: Range<usize>,
        data: StoredData,
    }

    #[derive(Serialize, Deserialize)]
    enum StoredData {
        Null,
        String(String),
        Integer(i64),
        Float(f64),
        Boolean(bool),
        Datetime(String),
        Array(Vec<Stored>),
        Table(Vec<(Key, Stored)>),
    }

    fn out(node: &Node) -> Stored {
        let data = match &node.data {
            Data::Null => StoredData::Null,
            Data::String(text) => StoredData::String(text.clone()),
            Data::Integer(number) => StoredData::Integer(*number),
            Data::Float(number) => StoredData::Float(*number),
            Data::Boolean(flag) => StoredData::Boolean(*flag),
            Data::Datetime(text) => StoredData::Datetime(text.clone()),
            Data::Array(items) => StoredData::Array(items.iter().map(out).collect()),
            Data::Table(entries) => {
                StoredData::Table(entries.iter().map(|(key, node)| (key.clone(), out(node))).collect())
            }
        };
        Stored { span: node.span.clone(), data }
    }

    fn back(stored: Stored) -> Node {
        let data = match stored.data {
            StoredData::Null => Data::Null,
            StoredData::String(text) => Data::String(text),
            StoredData::Integer(number) => Data::Integer(number),
            StoredData::Float(number) => Data::Float(number),
            StoredData::Boolean(flag) => Data::Boolean(flag),
            StoredData::Datetime(text) => Data::Datetime(text),
            StoredData::Array(items) => Data::Array(items.into_iter().map(back).collect()),
            StoredData::Table(entries) => {
                Data::Table(entries.into_iter().map(|(key, node)| (key, back(node))).collect())
            }
        };
        Node { span: stored.span, data }
    }

    pub(in crate::content) fn serialize<S: Serializer>(node: &Option<Node>, to: S) -> Result<S::Ok, S::Error> {
        node.as_ref().map(out).serialize(to)
    }

    pub(in crate::content) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Node>, D::Error> {
        Ok(Option::<Stored>::deserialize(from)?.map(back))
    }
}

/// A literal with its kind, which templates do not see.
pub(in crate::content) mod literal {
    use serde::Deserialize;
    use serde::Deserializer;
    use serde::Serialize;
    use serde::Serializer;

    use crate::content::call::Literal;
    use crate::diagnostic::node::Located;

    #[derive(Serialize, Deserialize)]
    enum Stored {
        String(String),
        Integer(i64),
        Float(f64),
        Boolean(bool),
    }

    pub(in crate::content) fn serialize<S: Serializer>(value: &Located<Literal>, to: S) -> Result<S::Ok, S::Error> {
        let stored = match &value.value {
            Literal::String(text) => Stored::String(text.clone()),
            Literal::Integer(number) => Stored::Integer(*number),
            Literal::Float(number) => Stored::Float(*number),
            Literal::Boolean(flag) => Stored::Boolean(*flag),
        };
        (stored, &value.span).serialize(to)
    }

    pub(in crate::content) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Located<Literal>, D::Error> {
        let (stored, span) = Deserialize::deserialize(from)?;
        let value = match stored {
            Stored::String(text) => Literal::String(text),
            Stored::Integer(number) => Literal::Integer(number),
            Stored::Float(number) => Literal::Float(number),
            Stored::Boolean(flag) => Literal::Boolean(flag),
        };
        Ok(Located { value, span })
    }
}

#[cfg(test)]
mod tests {
    use crate::content::document;
    use crate::content::document::DocumentKind;
    use crate::content::messages::file;
    use crate::content::stored;

    #[test]
    fn a_document_comes_back_as_it_was() {
        let text = "+++\ntitle = \"T\"\nid = \"x\"\ndate = 2026-11-01T09:00:00+01:00\nupdated = 2026-11-02\nexpires = 2027-01-01T00:00\nslug = \"s\"\naliases = [\"/a/\"]\n\
                    authors = [\"jane\"]\nimage = { src = \"i.jpg\", alt = \"\" }\naudio = { src = \"m.mp3\", duration = \"1:02\" }\nlanguage = \"de\"\n[extra]\no = 1\np = [1.5, true, { q = 2026-01-01 }]\n+++\n\
                    # Part {#p}\n\nA [link](x.md#y) and ![an image](z.jpg).\n\n{{<box a=\"s\" b=3 c=0.5 d=true />}}\n\n<!-- more -->\n\nMore.\n";
        let file = file("posts/a.md", text.as_bytes());
        let (loaded, report) = document::load(&file, DocumentKind::Post, &document::Options::default());
        assert!(!report.has_errors());
        let loaded = loaded.unwrap();
        let bytes = stored::document(&loaded).unwrap();
        let again = stored::to_document(&bytes, &file).unwrap();
        assert_eq!(format!("{again:?}"), format!("{loaded:?}"));
        assert_eq!(again.body.digest, *blake3::hash(text.as_bytes()).as_bytes());
        assert!(stored::to_document(&bytes[..bytes.len() / 2], &file).is_none());
    }

    #[test]
    fn an_author_comes_back_as_they_were() {
        let text = "+++\nname = \"Jane\"\nrole = \"Editor\"\nlinks = [{ label = \"Web\", url = \"https://e.com\" }]\n[extra]\na = \"b\"\n+++\nBio.\n";
        let file = file("authors/jane.md", text.as_bytes());
        let (loaded, _) = document::load_author(&file, &document::Options::default());
        let loaded = loaded.unwrap();
        let again = stored::to_author(&stored::author(&loaded).unwrap(), &file).unwrap();
        assert_eq!(format!("{again:?}"), format!("{loaded:?}"));
    }
}
