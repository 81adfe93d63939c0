//! `keepwell ledger net`: everything for a network on one machine, or what its authorities share.

use std::path::{Path, PathBuf};

use keepwell_ledger::{LedgerError, Member, Network, Ports};
use keepwell_net::Clock as _;
use keepwell_protocol::crypto::Rng;
use keepwell_protocol::ledger::may_fail;
use keepwell_wallet::SystemClock;
use serde_json::json;

use super::status::validators_told;
use crate::failure::{CommandError, Failure};
use crate::output::Answer;
use crate::report::Report;

/// Where it is made, and how large.
#[derive(clap::Args, Debug)]
pub(crate) struct MakeNetwork {
    /// The folder for it, new or empty
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// How many authorities there are, all on this machine
    #[arg(
        long,
        value_name = "N",
        value_parser = clap::value_parser!(u16).range(1..=i64::from(Network::MOST)),
        required_unless_present = "member"
    )]
    validators: Option<u16>,
    /// What an authority says of itself that has made its own keys (docs/run-a-ledger-node.md); once for each
    #[arg(long, value_name = "FILE", conflicts_with_all = ["validators", "first_port"])]
    member: Vec<PathBuf>,
    /// The first port; each node uses this and the next two, ten after those of the node before
    #[arg(long, value_name = "PORT", default_value_t = FIRST_PORT, value_parser = clap::value_parser!(u16).range(1024..=65_000))]
    first_port: u16,
}

/// The first port of a network on this machine, if nothing else is said.
const FIRST_PORT: u16 = 27_000;

impl MakeNetwork {
    pub(super) fn run(self) -> Result<Answer, Failure> {
        match self.validators {
            Some(number) => make_here(&Network::local(&self.folder, number, self.first_port)),
            None => assemble(&self.folder, &self.member),
        }
    }
}

fn assemble(folder: &Path, files: &[PathBuf]) -> Result<Answer, Failure> {
    let read = |file: &PathBuf| -> Result<Member, Failure> {
        let json = std::fs::read(file).map_err(|error| CommandError::unreadable(file, &error))?;
        Ok(Member::parse(&json).map_err(LedgerError::from)?)
    };
    let members = files.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let genesis = keepwell_ledger::assemble(folder, &members, SystemClock.now(), &mut Rng::system())?;
    let (file, governance) = (folder.join("genesis.json"), folder.join("governance.key"));
    let configs = members.iter().map(
        |member| json!({ "name": member.name(), "config": folder.join(member.name()).join("config.toml") }),
    );
    let report = Report::of_deed(json!({
        "chain_id": genesis.chain_id,
        "validators": members.len(),
        "may_fail": may_fail(&genesis.validators),
        "genesis": file,
        "governance_key": governance,
        "members": configs.collect::<Vec<_>>(),
    }))
    .facts(&[
        ("chain", genesis.chain_id.clone()),
        ("validators", validators_told(&genesis.validators)),
        ("governance", governance.display().to_string()),
        ("genesis", format!("{}, for every authority", file.display())),
    ])
    .line("and for each its own:");
    let lines =
        members.iter().map(|member| folder.join(member.name()).join("config.toml").display().to_string());
    Ok(lines.fold(report, Report::line).into())
}

fn make_here(network: &Network) -> Result<Answer, Failure> {
    let genesis = network.make(SystemClock.now(), &mut Rng::system())?;
    let homes: Vec<PathBuf> = (0..network.nodes.len()).map(|node| network.home(node)).collect();
    // The same port at every start, so that a host can be given it.
    let command = |(home, ports): (&PathBuf, &Ports)| {
        let home = quoted(&home.display().to_string());
        format!("keepwell --home {home} ledger node --listen 127.0.0.1:{}", ports.gateway())
    };
    let commands: Vec<String> = homes.iter().zip(&network.nodes).map(command).collect();
    let nodes = homes.iter().zip(&network.nodes).zip(&commands).map(|((home, ports), command)| {
        json!({ "home": home, "peers": ports.peers, "rpc": ports.rpc, "gateway": ports.gateway(), "command": command })
    });
    let (anchor, governance) = (network.folder.join("anchor.json"), network.folder.join("governance.key"));
    let report = Report::of_deed(json!({
        "chain_id": genesis.chain_id,
        "validators": genesis.validators.len(),
        "may_fail": may_fail(&genesis.validators),
        "anchor": anchor,
        "governance_key": governance,
        "nodes": nodes.collect::<Vec<_>>(),
    }))
    .facts(&[
        ("chain", genesis.chain_id.clone()),
        ("validators", validators_told(&genesis.validators)),
        ("governance", governance.display().to_string()),
        ("anchor", format!("{}, from the first block on", anchor.display())),
    ])
    .line("start each node with:");
    Ok(commands.into_iter().fold(report, Report::line).into())
}

/// A word of a shell's command.
fn quoted(word: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-+".contains(&byte);
    if word.bytes().all(is_plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', "'\\''")) }
}
