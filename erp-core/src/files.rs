//! The bytes of files, in the object store of the host's choice.

use std::{fmt::Display, sync::Arc};

use bytes::Bytes;
use futures::{
    Stream, StreamExt,
    stream::{BoxStream, TryStreamExt},
};
use object_store::{ObjectStore, ObjectStoreExt, PutPayload, path::Path};
use sha2::{Digest, Sha256};

use crate::{
    error::{Error, Result},
    projects::StoredFile,
};

/// What is written at once: no object store takes smaller parts of a larger file.
const PART_BYTES: usize = 5 * 1024 * 1024;

/// The object store, with names for what is in it.
#[derive(Clone, Debug)]
pub(crate) struct Files(Arc<dyn ObjectStore>);

impl Files {
    pub fn new(store: Arc<dyn ObjectStore>) -> Self {
        Self(store)
    }

    /// Writes what comes in, to its end. After an error nothing is there under this name, or an upload
    /// that the object store drops.
    ///
    /// # Errors
    /// A validation error on `content` when there is more than this, or when it breaks off;
    /// unavailable when the object store fails.
    pub async fn write<E: Display>(
        &self,
        name: &str,
        max_bytes: u64,
        content: impl Stream<Item = Result<Bytes, E>> + Send,
    ) -> Result<StoredFile> {
        let mut upload = Upload { files: self, path: Path::from(name), parts: None };
        match upload.run(max_bytes, content).await {
            Ok(stored) => Ok(stored),
            Err(error) => {
                upload.abort().await;
                Err(error)
            }
        }
    }

    /// The bytes of this name.
    ///
    /// # Errors
    /// Not found; unavailable when the object store fails.
    pub async fn read(&self, name: &str) -> Result<BoxStream<'static, Result<Bytes>>> {
        let found = self.0.get(&Path::from(name)).await.map_err(failed)?;
        Ok(found.into_stream().map_err(failed).boxed())
    }

    /// Deletes what has this name; no error when nothing has.
    ///
    /// # Errors
    /// Unavailable when the object store fails.
    pub async fn delete(&self, name: &str) -> Result<()> {
        match self.0.delete(&Path::from(name)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(failed(error)),
        }
    }
}

/// A file that comes in: a small one is written at once, a larger one in parts.
struct Upload<'a> {
    files: &'a Files,
    path: Path,
    parts: Option<Box<dyn object_store::MultipartUpload>>,
}

impl Upload<'_> {
    async fn run<E: Display>(
        &mut self,
        max_bytes: u64,
        content: impl Stream<Item = Result<Bytes, E>> + Send,
    ) -> Result<StoredFile> {
        let mut content = std::pin::pin!(content);
        let (mut digest, mut size, mut held) = (Sha256::new(), 0_u64, Held::default());
        while let Some(chunk) = content.next().await {
            let chunk = chunk.map_err(|error| Error::invalid("content", error.to_string()))?;
            size = size.saturating_add(chunk.len() as u64);
            if size > max_bytes {
                return Err(Error::invalid("content", format!("at most {max_bytes} bytes")));
            }
            digest.update(&chunk);
            held.push(chunk);
            if held.bytes >= PART_BYTES {
                self.part(held.take()).await?;
            }
        }
        self.finish(held.take()).await?;
        let size_bytes = i64::try_from(size).unwrap_or(i64::MAX);
        Ok(StoredFile { size_bytes, sha256: hex(&digest.finalize()) })
    }

    async fn part(&mut self, payload: PutPayload) -> Result<()> {
        let parts = match &mut self.parts {
            Some(parts) => parts,
            none => none.insert(self.files.0.put_multipart(&self.path).await.map_err(failed)?),
        };
        parts.put_part(payload).await.map_err(failed)
    }

    async fn finish(&mut self, rest: PutPayload) -> Result<()> {
        let Some(parts) = &mut self.parts else {
            return self.files.0.put(&self.path, rest).await.map(drop).map_err(failed);
        };
        if rest.content_length() > 0 {
            parts.put_part(rest).await.map_err(failed)?;
        }
        parts.complete().await.map(drop).map_err(failed)
    }

    /// The bytes that are there already are of no use; that they stay harms nothing.
    async fn abort(&mut self) {
        if let Some(parts) = &mut self.parts
            && let Err(error) = parts.abort().await
        {
            tracing::warn!(%error, path = %self.path, "an upload was not dropped");
        }
    }
}

/// Chunks that wait to be written together.
#[derive(Default)]
struct Held {
    chunks: Vec<Bytes>,
    bytes: usize,
}

impl Held {
    fn push(&mut self, chunk: Bytes) {
        self.bytes += chunk.len();
        self.chunks.push(chunk);
    }

    fn take(&mut self) -> PutPayload {
        std::mem::take(self).chunks.into_iter().collect()
    }
}

fn failed(error: object_store::Error) -> Error {
    match error {
        object_store::Error::NotFound { .. } => Error::NotFound { entity: "file" },
        other => Error::Unavailable(other.to_string()),
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use futures::stream;
    use object_store::memory::InMemory;

    use super::*;

    fn files() -> (Arc<InMemory>, Files) {
        let store = Arc::new(InMemory::new());
        (store.clone(), Files::new(store))
    }

    fn chunks(count: usize, size: usize) -> impl Stream<Item = Result<Bytes, Infallible>> + Send {
        stream::iter((0..count).map(move |n| Ok(Bytes::from(vec![n as u8; size]))))
    }

    async fn read(files: &Files, name: &str) -> Vec<u8> {
        let chunks: Vec<Bytes> = files.read(name).await.unwrap().try_collect().await.unwrap();
        chunks.concat()
    }

    #[tokio::test]
    async fn small_and_large_files_come_back_as_they_were() {
        let (_, files) = files();
        for (count, size) in [(0, 0), (1, 3), (7, 1_000_000), (2, PART_BYTES), (3, PART_BYTES + 1)]
        {
            let stored = files.write("f", u64::MAX, chunks(count, size)).await.unwrap();
            let expected: Vec<u8> = (0..count).flat_map(|n| vec![n as u8; size]).collect();
            assert_eq!(stored.size_bytes, expected.len() as i64);
            assert_eq!(stored.sha256, hex(&Sha256::digest(&expected)));
            assert_eq!(read(&files, "f").await, expected);
        }
    }

    #[tokio::test]
    async fn what_is_too_large_or_breaks_off_is_not_there() {
        let (store, files) = files();
        let refused = files.write("f", 9, chunks(2, 5)).await;
        assert_eq!(refused, Err(Error::invalid("content", "at most 9 bytes")));
        let broken = chunks(3, PART_BYTES)
            .map(|it| it.map_err(|_| ""))
            .chain(stream::iter([Err("the connection broke")]));
        let refused = files.write("f", u64::MAX, broken).await;
        assert_eq!(refused, Err(Error::invalid("content", "the connection broke")));
        assert!(matches!(files.read("f").await.err(), Some(Error::NotFound { .. })));
        assert_eq!(store.list(None).count().await, 0);
        files.delete("f").await.expect("what is not there is deleted");
    }
}
