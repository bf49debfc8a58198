//! What a feed and a player need to know of a recording: its size, its media type, how long it lasts.

use std::fmt;
use std::io::Cursor;

use lofty::file::AudioFile;
use lofty::file::FileType;
use lofty::probe::Probe;
use serde::Deserialize;
use serde::Serialize;

use crate::value::path::SitePath;

/// What a feed and a player need to know of a recording.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AudioFacts {
    /// In bytes.
    pub size: u64,
    /// Media type, by the file's extension.
    pub mime: String,
    /// In seconds, rounded, at least one; none for WebM, which cannot be measured: the post's front matter has to say it.
    pub duration: Option<u32>,
}

/// Why a file is no usable recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AudioError {
    /// The extension is none of an audio format that browsers play.
    Extension(String),
    /// The bytes are not what the extension says, or are damaged.
    Damaged {
        /// What the extension says.
        format: &'static str,
        /// What the decoder says.
        reason: String,
    },
    /// Nothing in it sounds.
    Silent,
}

/// Reads the facts from a recording's bytes. Only headers and frames are looked at, nothing is decoded.
///
/// # Errors
/// [`AudioError`]: an unknown extension, damaged bytes, no sound in it.
pub fn facts(path: &SitePath, bytes: &[u8]) -> Result<AudioFacts, AudioError> {
    let extension = path.extension().to_ascii_lowercase();
    let (mime, format, kind) = match extension.as_str() {
        "mp3" => ("audio/mpeg", "MP3", FileType::Mpeg),
        "m4a" | "m4b" => ("audio/mp4", "MPEG-4 audio", FileType::Mp4),
        "ogg" | "oga" => ("audio/ogg", "Ogg", FileType::Vorbis),
        "opus" => ("audio/ogg", "Opus", FileType::Opus),
        "flac" => ("audio/flac", "FLAC", FileType::Flac),
        "wav" => ("audio/wav", "WAV", FileType::Wav),
        "aac" => ("audio/aac", "AAC", FileType::Aac),
        "weba" | "webm" => {
            return Ok(AudioFacts { size: bytes.len() as u64, mime: "audio/webm".to_owned(), duration: None });
        }
        _ => return Err(AudioError::Extension(extension)),
    };
    let damaged = |reason: String| AudioError::Damaged { format, reason };
    // The content decides between Vorbis and Opus in Ogg; the extension helps where the content is silent.
    let probe = Probe::new(Cursor::new(bytes)).guess_file_type().map_err(|error| damaged(error.to_string()))?;
    let probe = if probe.file_type().is_some() { probe } else { probe.set_file_type(kind) };
    let file = probe.read().map_err(|error| damaged(error.to_string()))?;
    let seconds = file.properties().duration().as_secs_f64().round();
    if file.properties().duration().is_zero() {
        return Err(AudioError::Silent);
    }
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a cast of floats saturates, and a duration is not negative"
    )]
    let seconds = (seconds as u32).max(1);
    Ok(AudioFacts { size: bytes.len() as u64, mime: mime.to_owned(), duration: Some(seconds) })
}

impl fmt::Display for AudioError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Extension(extension) if extension.is_empty() => {
                f.write_str("a recording needs an extension such as .mp3")
            }
            Self::Extension(extension) => {
                write!(
                    f,
                    ".{extension} is no audio format that browsers play; use mp3, m4a, ogg, opus, flac, wav or aac"
                )
            }
            Self::Damaged { format, reason } => write!(f, "cannot be read as {format}: {reason}"),
            Self::Silent => f.write_str("there is no sound in it"),
        }
    }
}

impl std::error::Error for AudioError {}

#[cfg(test)]
mod tests {
    use super::*;

    /// A PCM file of silence, 8 kHz, 8 bit, mono.
    fn wav(seconds: u32) -> Vec<u8> {
        let data = 8000 * seconds;
        let mut wav = b"RIFF".to_vec();
        wav.extend((36 + data).to_le_bytes());
        wav.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x40\x1f\0\0\x01\0\x08\0data");
        wav.extend(data.to_le_bytes());
        wav.resize(wav.len() + data as usize, 128);
        wav
    }

    fn path(text: &str) -> SitePath {
        SitePath::parse(text).unwrap()
    }

    #[test]
    fn measures_a_recording() {
        let bytes = wav(3);
        let facts = facts(&path("talk.WAV"), &bytes).unwrap();
        assert_eq!(facts, AudioFacts { size: bytes.len() as u64, mime: "audio/wav".into(), duration: Some(3) });
    }

    #[test]
    fn says_what_is_wrong() {
        assert_eq!(facts(&path("a.txt"), b"x"), Err(AudioError::Extension("txt".into())));
        assert!(matches!(facts(&path("a.mp3"), b"not music"), Err(AudioError::Damaged { format: "MP3", .. })));
        assert!(facts(&path("a.mp3"), b"").is_err());
        assert!(facts(&path("a.wav"), &wav(0)).is_err());
    }
}
