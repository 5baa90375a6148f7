//! Answers: status, headers, and a body that is bounded and says when it is not whole.

use std::io::{self, Read};

use ureq::http::header::{CONTENT_LENGTH, CONTENT_RANGE};

use crate::{Address, FetchError};

/// An answer. Its body is read by who asked.
#[derive(Debug)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// Where it came from in the end.
    pub address: Address,
    /// The byte that the body begins with: the one that was asked for where the server knows ranges, else 0.
    pub from_byte: u64,
    /// How long the body says it is.
    pub length: Option<u64>,
    /// The body.
    pub body: Body,
    headers: ureq::http::HeaderMap,
}

impl Reply {
    pub(crate) fn of(
        response: ureq::http::Response<ureq::Body>,
        address: &Address,
        asked: u64,
        most: u64,
    ) -> Result<Self, FetchError> {
        let (parts, body) = response.into_parts();
        let unusable = |why: &str| FetchError::Unusable { address: address.to_string(), why: why.to_owned() };
        let number = |name| {
            parts.headers.get(name).and_then(|value| value.to_str().ok()).and_then(|text| text.parse().ok())
        };
        let length: Option<u64> = number(CONTENT_LENGTH);
        let mut from_byte = 0;
        if parts.status.as_u16() == 206 {
            let range = parts.headers.get(CONTENT_RANGE).and_then(|value| value.to_str().ok());
            from_byte = range
                .and_then(|range| range.strip_prefix("bytes "))
                .and_then(|range| range.split('-').next())
                .and_then(|first| first.trim().parse().ok())
                .ok_or_else(|| unusable("a part of something that does not say which"))?;
            if from_byte != asked {
                return Err(unusable("another part than was asked for"));
            }
        }
        if length.is_some_and(|length| length > most) {
            return Err(FetchError::TooLarge { address: address.to_string(), most });
        }
        let body = Body { reader: body.into_reader(), address: address.to_string(), read: 0, length, most };
        let status = parts.status.as_u16();
        Ok(Self { status, address: address.clone(), from_byte, length, body, headers: parts.headers })
    }

    /// A header's first value, when it is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The values of a header that may be given more than once.
    pub fn headers(&self, name: &str) -> impl Iterator<Item = &str> {
        self.headers.get_all(name).iter().filter_map(|value| value.to_str().ok())
    }

    /// The whole body, of at most so many bytes.
    ///
    /// # Errors
    /// [`FetchError`].
    pub fn bytes(mut self, most: u64) -> Result<Vec<u8>, FetchError> {
        let address = self.address.to_string();
        self.body.most = self.body.most.min(most);
        let mut bytes = Vec::new();
        match self.body.read_to_end(&mut bytes) {
            Ok(_) => Ok(bytes),
            Err(error) => Err(FetchError::from_read(error, &address)),
        }
    }
}

/// A body as it comes. Reading past its bound and an end before its time are errors; [`FetchError::from_read`] says which.
pub struct Body {
    reader: ureq::BodyReader<'static>,
    address: String,
    read: u64,
    length: Option<u64>,
    most: u64,
}

impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Body")
            .field("address", &self.address)
            .field("read", &self.read)
            .finish_non_exhaustive()
    }
}

impl Read for Body {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let address = || self.address.clone();
        let read = match self.reader.read(buffer) {
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Err(error),
            Err(error) => return Err(io::Error::other(FetchError::from_read(error, &self.address))),
        };
        self.read = self.read.saturating_add(read as u64);
        if self.read > self.most {
            return Err(io::Error::other(FetchError::TooLarge { address: address(), most: self.most }));
        }
        if read == 0 && self.length.is_some_and(|length| length != self.read) {
            let why = format!("{} bytes came of those announced", self.read);
            return Err(io::Error::other(FetchError::Broken { address: address(), why }));
        }
        Ok(read)
    }
}

impl FetchError {
    /// What reading a body failed with.
    #[must_use]
    pub fn from_read(error: io::Error, address: &str) -> Self {
        match error.downcast::<Self>() {
            Ok(own) => own,
            Err(error) => Self::of(ureq::Error::from(error), address),
        }
    }
}
