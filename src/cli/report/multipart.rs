//! `multipart/form-data`, as it goes over the wire.

use std::io::{self, Read, Write};

pub struct Multipart<W: Write> {
    boundary: String,
    out: W,
}

impl<W: Write> Multipart<W> {
    /// `boundary` must not occur in what is sent: something random.
    pub fn new(boundary: String, out: W) -> Self {
        Self { boundary, out }
    }

    pub fn content_type(&self) -> String {
        format!("multipart/form-data; boundary={}", self.boundary)
    }

    pub fn json(&mut self, name: &str, text: &str) -> io::Result<()> {
        self.head(&format!("name=\"{}\"", quoted(name)), "application/json")?;
        self.out.write_all(text.as_bytes())?;
        self.out.write_all(b"\r\n")
    }

    pub fn file(&mut self, name: &str, file_name: &str, mut content: impl Read) -> io::Result<u64> {
        let words = format!("name=\"{}\"; filename=\"{}\"", quoted(name), quoted(file_name));
        self.head(&words, "application/octet-stream")?;
        let bytes = io::copy(&mut content, &mut self.out)?;
        self.out.write_all(b"\r\n")?;
        Ok(bytes)
    }

    /// The end of it.
    pub fn finish(mut self) -> io::Result<W> {
        write!(self.out, "--{}--\r\n", self.boundary)?;
        Ok(self.out)
    }

    fn head(&mut self, words: &str, kind: &str) -> io::Result<()> {
        write!(
            self.out,
            "--{}\r\nContent-Disposition: form-data; {words}\r\nContent-Type: {kind}\r\n\r\n",
            self.boundary
        )
    }
}

/// As browsers write names: what would end one is written as its code.
fn quoted(name: &str) -> String {
    name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_are_those_of_a_form() {
        let mut form = Multipart::new("edge".to_owned(), Vec::new());
        assert_eq!(form.content_type(), "multipart/form-data; boundary=edge");
        form.json("ci", "{}").expect("written");
        assert_eq!(form.file("file", "a\"\n.xml", &b"<x/>"[..]).expect("written"), 4);
        let sent = String::from_utf8(form.finish().expect("written")).expect("text");
        assert_eq!(
            sent,
            "--edge\r\nContent-Disposition: form-data; name=\"ci\"\r\nContent-Type: application/json\r\n\r\n{}\r\n\
             --edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a%22%0A.xml\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n<x/>\r\n--edge--\r\n"
        );
    }
}
