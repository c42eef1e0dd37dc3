//! Streamed answers: collected for callers who want them whole, framed for those who do not.

use bytes::{BufMut as _, Bytes, BytesMut};
use serde_json::json;
use tokio::sync::mpsc;

use crate::environment::{FunctionError, Part};

/// A streamed answer in one piece.
pub(crate) struct Collected {
    pub(crate) body: Result<Bytes, FunctionError>,
    pub(crate) tail: Option<Vec<u8>>,
}

/// Waits for the whole of a streamed answer.
pub(crate) async fn collect(mut parts: mpsc::Receiver<Part>, bytes_max: usize) -> Collected {
    let mut whole = BytesMut::new();
    let mut is_too_large = false;
    while let Some(part) = parts.recv().await {
        match part {
            Part::Data(data) if whole.len() + data.len() <= bytes_max => whole.extend_from_slice(&data),
            // The rest is taken and let go: the function has not ended yet.
            Part::Data(_) => is_too_large = true,
            Part::End { error: Some(error), tail } => return Collected { body: Err(error), tail },
            Part::End { error: None, tail } if is_too_large => {
                let words = format!("Response payload size exceeded maximum allowed payload size ({bytes_max} bytes).");
                return Collected { body: Err(failure("Function.ResponseSizeTooLarge", &words)), tail };
            }
            Part::End { error: None, tail } => return Collected { body: Ok(whole.freeze()), tail },
        }
    }
    Collected { body: Err(failure("Sandbox.Failure", "the answer broke off")), tail: None }
}

fn failure(kind: &str, message: &str) -> FunctionError {
    FunctionError {
        kind: kind.to_owned(),
        body: json!({"errorType": kind, "errorMessage": message}).to_string().into(),
    }
}

/// A `PayloadChunk` of `InvokeWithResponseStream`.
pub(crate) fn payload_chunk(data: &[u8]) -> Bytes {
    message("PayloadChunk", "application/octet-stream", data)
}

/// The `InvokeComplete` at its end.
pub(crate) fn invoke_complete(error: Option<&FunctionError>, log_result: Option<String>) -> Bytes {
    let mut complete = json!({});
    if let Some(error) = error {
        complete["ErrorCode"] = error.kind.as_str().into();
        complete["ErrorDetails"] = String::from_utf8_lossy(&error.body).into();
    }
    if let Some(log_result) = log_result {
        complete["LogResult"] = log_result.into();
    }
    message("InvokeComplete", "application/json", complete.to_string().as_bytes())
}

/// A message of `application/vnd.amazon.eventstream`: lengths, checksum, headers, payload, checksum.
fn message(event: &str, content_type: &str, payload: &[u8]) -> Bytes {
    const PRELUDE_BYTES: usize = 12;
    const CHECKSUM_BYTES: usize = 4;
    let mut headers = BytesMut::new();
    for (name, value) in [(":message-type", "event"), (":event-type", event), (":content-type", content_type)] {
        put_header(&mut headers, name, value);
    }
    let length = |bytes: usize| u32::try_from(bytes).expect("parts are smaller than a request's limit");
    let total = PRELUDE_BYTES + headers.len() + payload.len() + CHECKSUM_BYTES;
    let mut message = BytesMut::with_capacity(total);
    message.put_u32(length(total));
    message.put_u32(length(headers.len()));
    message.put_u32(crc32(&message));
    message.put_slice(&headers);
    message.put_slice(payload);
    message.put_u32(crc32(&message));
    message.freeze()
}

fn put_header(headers: &mut BytesMut, name: &str, value: &str) {
    const TEXT: u8 = 7;
    headers.put_u8(name.len().try_into().expect("names of headers are short"));
    headers.put_slice(name.as_bytes());
    headers.put_u8(TEXT);
    headers.put_u16(value.len().try_into().expect("values of headers are short"));
    headers.put_slice(value.as_bytes());
}

/// The checksum of Ethernet, gzip and zip: polynomial 0x04C11DB7, reflected.
fn crc32(bytes: &[u8]) -> u32 {
    static TABLE: [u32; 256] = crc_table();
    let step = |crc: u32, byte: &u8| TABLE[usize::from(crc.to_le_bytes()[0] ^ byte)] ^ (crc >> 8);
    !bytes.iter().fold(!0, step)
}

const fn crc_table() -> [u32; 256] {
    const POLYNOMIAL: u32 = 0xEDB8_8320;
    let mut table = [0; 256];
    let (mut index, mut first) = (0_usize, 0_u32);
    while index < table.len() {
        let (mut crc, mut bit) = (first, 0);
        while bit < 8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ POLYNOMIAL } else { crc >> 1 };
            bit += 1;
        }
        table[index] = crc;
        (index, first) = (index + 1, first + 1);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_those_of_the_standard() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
        assert_eq!(crc32(b""), 0);
    }

    #[test]
    fn messages_tell_their_own_length() {
        let message = payload_chunk(b"abc");
        let total = u32::from_be_bytes(message[..4].try_into().unwrap());
        assert_eq!(usize::try_from(total).unwrap(), message.len());
        assert_eq!(&message[message.len() - 7..message.len() - 4], b"abc");
    }
}
