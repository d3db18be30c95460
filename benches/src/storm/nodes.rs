//! Two servers, each a process of its own, that are killed and started again on the same port.

use std::{
    net::SocketAddr,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use tokio::sync::Mutex;

/// How long a server may take to answer.
const START: Duration = Duration::from_secs(30);

/// The two servers.
pub struct Nodes {
    url: String,
    addrs: [SocketAddr; 2],
    children: Mutex<[Child; 2]>,
}

impl Nodes {
    /// Starts both on free ports.
    pub async fn start(url: &str) -> Result<Self> {
        let addrs = [free_port()?, free_port()?];
        let children = Mutex::new([spawn(url, addrs[0])?, spawn(url, addrs[1])?]);
        let nodes = Self { url: url.to_owned(), addrs, children };
        for addr in addrs {
            answering(addr).await?;
        }
        Ok(nodes)
    }

    /// Where they listen.
    pub fn addrs(&self) -> [SocketAddr; 2] {
        self.addrs
    }

    /// Kills one with SIGKILL, and starts it again.
    pub async fn kill_and_restart(&self, index: usize) -> Result<()> {
        let mut children = self.children.lock().await;
        children[index].kill()?;
        children[index].wait()?;
        children[index] = spawn(&self.url, self.addrs[index])?;
        answering(self.addrs[index]).await
    }

    /// Ends both.
    pub async fn stop(&self) -> Result<()> {
        for child in self.children.lock().await.iter_mut() {
            child.kill()?;
            child.wait()?;
        }
        Ok(())
    }
}

impl Drop for Nodes {
    fn drop(&mut self) {
        for child in self.children.get_mut() {
            // It may have ended already; there is nobody left to tell.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn free_port() -> Result<SocketAddr> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

fn spawn(url: &str, addr: SocketAddr) -> Result<Child> {
    Command::new(std::env::current_exe()?)
        .args(["storm-server", "--database-url", url, "--listen"])
        .arg(addr.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .context("a server starts")
}

async fn answering(addr: SocketAddr) -> Result<()> {
    let client = reqwest::Client::new();
    let started = Instant::now();
    loop {
        if client.get(format!("http://{addr}/api/health")).send().await.is_ok() {
            return Ok(());
        }
        if started.elapsed() > START {
            bail!("the server at {addr} does not answer");
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
