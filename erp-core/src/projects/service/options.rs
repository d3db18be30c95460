//! What a host may set.

use crate::projects::TaskStatus;

/// What a host may set of projects and their tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProjectOptions {
    /// What becomes of a predecessor before its successor may be done (PROJ-2).
    pub freed_by: FreedBy,
    /// The largest file that is taken in, in bytes; 25 MiB unless it is set.
    pub max_file_bytes: u64,
    /// The most files of a user that are on no task yet; 100 unless it is set.
    pub max_pending_files: u64,
    /// The most bytes of them together; 256 MiB unless it is set.
    pub max_pending_bytes: u64,
}

impl Default for ProjectOptions {
    fn default() -> Self {
        Self {
            freed_by: FreedBy::default(),
            max_file_bytes: 25 * 1024 * 1024,
            max_pending_files: 100,
            max_pending_bytes: 256 * 1024 * 1024,
        }
    }
}

/// What becomes of a blocking predecessor before its successor may be done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FreedBy {
    /// It is done, or was given up.
    #[default]
    DoneOrCancelled,
    /// It is done.
    Done,
}

impl FreedBy {
    /// Whether a predecessor in this status blocks no more.
    pub fn holds(self, status: TaskStatus) -> bool {
        match self {
            Self::DoneOrCancelled => status.is_closed(),
            Self::Done => status == TaskStatus::Done,
        }
    }
}
