//! The signals that end a service.

use std::io;
use std::thread;

/// Calls `end` once, when the process is told to end: by Ctrl-C, or as service managers do, by SIGTERM.
///
/// # Errors
/// Where the system gives no thread, or lets nobody listen.
pub fn on_end(end: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    // Listening begins here, so that a signal that comes at once is heard.
    let told = {
        let _entered = runtime.enter();
        Told::listen()?
    };
    thread::Builder::new().name("signals".into()).spawn(move || {
        runtime.block_on(told.wait());
        end();
    })?;
    Ok(())
}

#[cfg(unix)]
struct Told {
    interrupted: tokio::signal::unix::Signal,
    terminated: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Told {
    fn listen() -> io::Result<Self> {
        use tokio::signal::unix::SignalKind;
        use tokio::signal::unix::signal;
        Ok(Self { interrupted: signal(SignalKind::interrupt())?, terminated: signal(SignalKind::terminate())? })
    }

    async fn wait(mut self) {
        tokio::select! {
            _ = self.interrupted.recv() => {}
            _ = self.terminated.recv() => {}
        }
    }
}

#[cfg(windows)]
struct Told(tokio::signal::windows::CtrlC);

#[cfg(windows)]
impl Told {
    fn listen() -> io::Result<Self> {
        tokio::signal::windows::ctrl_c().map(Self)
    }

    async fn wait(mut self) {
        self.0.recv().await;
    }
}
