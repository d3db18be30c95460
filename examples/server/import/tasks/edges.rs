//! Edges, as parts and dependencies.

use std::collections::{HashMap, HashSet};

use erp_core::{
    Conflict, Ctx, Engine, Error,
    change::Version,
    ids::TaskId,
    projects::{DependencyKind, NewDependency, TaskGraph},
};

use super::{
    edge::{Edge, Kind},
    project::Project,
};
use crate::import::{
    patience::patiently,
    tally::{Reason, refusal},
};

/// What became of an edge.
pub enum Outcome {
    /// A part was put under its whole.
    Part,
    /// A task waits for another.
    Waits,
    /// An earlier import had done it.
    AlreadyThere,
    /// It cannot be taken.
    Refused(Reason),
}

/// Takes edges one after the other.
pub struct Edges<'a> {
    engine: &'a Engine,
    ctx: &'a Ctx,
    /// What each task is a part of.
    parents: HashMap<TaskId, Option<TaskId>>,
    /// The pairs that are there, and of them those that the file has named.
    there: HashSet<(TaskId, TaskId)>,
    named: HashSet<(TaskId, TaskId)>,
    /// Tasks that are deleted, or will be when all edges are taken.
    deleted: HashSet<TaskId>,
}

impl<'a> Edges<'a> {
    /// Over what hangs together already; these tasks will be deleted afterwards.
    pub fn over(engine: &'a Engine, ctx: &'a Ctx, graph: &TaskGraph, condemned: &[TaskId]) -> Self {
        let gone = graph.nodes.iter().filter(|node| node.deleted_with.is_some());
        Self {
            engine,
            ctx,
            parents: graph.nodes.iter().map(|node| (node.id, node.parent)).collect(),
            there: graph.edges.iter().map(|edge| (edge.predecessor, edge.successor)).collect(),
            named: HashSet::new(),
            deleted: gone.map(|node| node.id).chain(condemned.iter().copied()).collect(),
        }
    }

    /// Takes an edge, or says why it cannot be taken; another error breaks the import off.
    pub async fn take(&mut self, edge: &Edge, project: &Project<'_>) -> anyhow::Result<Outcome> {
        if let Kind::Other(kind) = &edge.kind {
            return Ok(Outcome::Refused(format!("`{kind}` holds up nothing")));
        }
        let mut ends = [None; 2];
        for (end, name) in ends.iter_mut().zip([&edge.issue, &edge.on]) {
            *end = project.task(name);
            if end.is_none() {
                return Ok(Outcome::Refused(format!("unknown issue `{name}`")));
            }
        }
        let [Some(issue), Some(on)] = ends else {
            return Ok(Outcome::Refused("an unknown issue".to_owned()));
        };
        let taken = match edge.kind {
            Kind::Part => self.put_under(issue, on, project).await,
            _ => self.wait(issue, on, edge).await,
        };
        match taken {
            Ok(outcome) => Ok(outcome),
            Err(Error::Conflict(Conflict::Ring { path, .. })) => {
                let name = |id: String| id.parse().map_or(id, |task| project.name(task));
                let path: Vec<String> = path.into_iter().map(name).collect();
                Ok(Outcome::Refused(format!("a ring: {}", path.join(" → "))))
            }
            Err(error) => refusal(error).map(Outcome::Refused),
        }
    }

    async fn put_under(
        &mut self,
        part: TaskId,
        whole: TaskId,
        project: &Project<'_>,
    ) -> Result<Outcome, Error> {
        match self.parents.get(&part).copied().flatten() {
            Some(present) if present == whole => return Ok(Outcome::AlreadyThere),
            Some(present) => {
                let reason = format!("a part of `{}` already", project.name(present));
                return Ok(Outcome::Refused(reason));
            }
            None => {}
        }
        if self.deleted.contains(&whole) && !self.deleted.contains(&part) {
            let reason = format!("`{}` is deleted, and would take it along", project.name(whole));
            return Ok(Outcome::Refused(reason));
        }
        let (engine, ctx) = (self.engine, self.ctx);
        patiently(|| async {
            let version = version(engine, part).await?;
            engine.projects().move_task(ctx, part, version, Some(whole)).await
        })
        .await?;
        self.parents.insert(part, Some(whole));
        Ok(Outcome::Part)
    }

    async fn wait(
        &mut self,
        successor: TaskId,
        predecessor: TaskId,
        edge: &Edge,
    ) -> Result<Outcome, Error> {
        if !self.named.insert((predecessor, successor)) {
            let reason = format!("`{}` waits for `{}` already", edge.issue, edge.on);
            return Ok(Outcome::Refused(reason));
        }
        if self.there.contains(&(predecessor, successor)) {
            return Ok(Outcome::AlreadyThere);
        }
        let kind = DependencyKind::FinishStart;
        let new = NewDependency { predecessor, successor, kind, lag_min: 0 };
        let (engine, ctx) = (self.engine, self.ctx);
        let link = || async {
            match engine.projects().link_tasks(ctx, new).await {
                // Its answer was lost.
                Err(Error::Conflict(Conflict::DependencyExists)) => Ok(()),
                done => done.map(drop),
            }
        };
        patiently(link).await?;
        Ok(Outcome::Waits)
    }
}

/// The present version of a task, deleted or not.
pub async fn version(engine: &Engine, task: TaskId) -> Result<Version, Error> {
    let task = engine.store().projects().task(task).await.map_err(Error::from)?;
    task.map(|task| task.version).ok_or(Error::NotFound { entity: "task" })
}
