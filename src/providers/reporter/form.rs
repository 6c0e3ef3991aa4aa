//! Forms (`multipart/form-data`): their parts, as they lie in the body.

use bytes::Bytes;
use futures_util::FutureExt;

use crate::model::Unreadable;
use crate::providers::HookRequest;
use crate::providers::reporter::ingest::words::bounded;

/// Parts that are looked at. A form of more is no report.
const PARTS_MAX: usize = 20_000;

/// Bytes of a file's name that are kept.
const NAME_MAX: usize = 1_000;

/// A file of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// As its sender named it: nothing is ever opened by it.
    pub name: String,
    pub bytes: Bytes,
}

#[derive(Debug)]
struct Part {
    name: String,
    file_name: Option<String>,
    bytes: Bytes,
}

/// A form that was read.
#[derive(Debug)]
pub struct Form {
    parts: Vec<Part>,
}

/// Read the form of a request. All of it is in memory, so nothing is ever waited for.
pub fn read(request: &HookRequest<'_>) -> Result<Form, Unreadable> {
    let unreadable = |reason: String| Unreadable { reason, path: ".".to_owned() };
    let kind = request.header("content-type").unwrap_or_default();
    let boundary = multer::parse_boundary(kind).map_err(|_| {
        unreadable(format!("the body is no form (multipart/form-data): Content-Type is `{kind}`"))
    })?;
    let body = Bytes::copy_from_slice(request.body);
    let whole = futures_util::stream::once(async move { Ok::<_, std::io::Error>(body) });
    let mut form = multer::Multipart::new(whole, boundary);
    let mut parts = Vec::new();
    loop {
        let next = form.next_field().now_or_never();
        let field = match next {
            Some(Ok(Some(field))) => field,
            Some(Ok(None)) => break,
            Some(Err(error)) => return Err(unreadable(format!("the form is broken: {error}"))),
            None => return Err(unreadable("the form ends in the middle".to_owned())),
        };
        if parts.len() == PARTS_MAX {
            return Err(unreadable(format!("the form has more than {PARTS_MAX} parts")));
        }
        let name = field.name().unwrap_or_default().to_owned();
        let file_name = field.file_name().map(str::to_owned);
        match field.bytes().now_or_never() {
            Some(Ok(bytes)) => parts.push(Part { name, file_name, bytes }),
            Some(Err(error)) => return Err(unreadable(format!("the form is broken: {error}"))),
            None => return Err(unreadable("the form ends in the middle".to_owned())),
        }
    }
    Ok(Form { parts })
}

impl Form {
    /// The first part of a name.
    pub fn text(&self, name: &str) -> Option<&[u8]> {
        self.parts.iter().find(|part| part.name == name).map(|part| part.bytes.as_ref())
    }

    /// The first part of a name, as text.
    pub fn word(&self, name: &str) -> Option<String> {
        let text = String::from_utf8_lossy(self.text(name)?).trim().to_owned();
        (!text.is_empty()).then_some(text)
    }

    /// Parts of these names, and of any name that came with the name of a file.
    pub fn files(self, names: &[&str]) -> Vec<File> {
        let is_file = |part: &Part| {
            names.contains(&part.name.as_str()) || part.name != "ci" && part.file_name.is_some()
        };
        self.parts
            .into_iter()
            .filter(is_file)
            .map(|part| File {
                name: bounded(part.file_name.unwrap_or(part.name), NAME_MAX),
                bytes: part.bytes,
            })
            .collect()
    }
}
