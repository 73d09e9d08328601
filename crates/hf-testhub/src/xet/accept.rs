//! Taking a shard: nothing in it is believed that the store can check.
use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use hf_cas::shard::{FileInfo, Shard, XorbInfo};
use hf_cas::{Hash, HashTree};

use super::file::{Term, XetFile};
use super::store::{NewFile, XetState};
use super::{Scope, Xorb};
use crate::blob::hex;
use crate::hub::Hub;
use crate::routes::store_object;

/// Registers the files of an uploaded shard for the repository or bucket of its token. `Ok(false)` says that all of
/// it was known.
pub(crate) fn accept(hub: &Hub, scope: &Scope, bytes: &[u8]) -> Result<bool, String> {
    let shard = Shard::parse(bytes).map_err(|error| error.to_string())?;
    let mut files = Vec::with_capacity(shard.files.len());
    let mut named = BTreeSet::new();
    let mut flagged = HashSet::new();
    {
        let state = hub.xet_state();
        for info in &shard.xorbs {
            check_xorb(&state, info)?;
            named.insert(info.hash);
            let chunks = info.chunks.iter();
            flagged.extend(
                chunks
                    .filter(|c| c.is_global_dedup_eligible)
                    .map(|c| c.hash),
            );
        }
        for info in &shard.files {
            files.push(check_file(&state, info)?);
        }
    }
    if hub.state().settings.hash_uploads {
        for file in &files {
            check_sha256(file)?;
        }
    }
    let listed: Vec<Hash> = files.iter().map(|file| file.hash).collect();
    let (new, all) = {
        let mut state = hub.xet_state();
        state.stats.shards += 1;
        state.stats.files += listed.len() as u64;
        let new = state.register(Some(scope), files, &named, &flagged);
        let all: Vec<Arc<XetFile>> = listed
            .iter()
            .filter_map(|hash| state.file(hash).cloned())
            .collect();
        (new, all)
    };
    if let Scope::Repo(name, _) = scope {
        let mut state = hub.change();
        for file in all.iter().filter(|file| file.blob.knows_sha256()) {
            store_object(&mut state, name, file.blob.clone());
        }
    }
    Ok(!new.is_empty())
}

fn check_xorb(state: &XetState, info: &XorbInfo) -> Result<(), String> {
    let xorb = known(state, &info.hash)?;
    let same = xorb.chunks.len() == info.chunks.len()
        && xorb
            .chunks
            .iter()
            .zip(&info.chunks)
            .all(|(known, told)| known.hash == told.hash && known.length == told.length);
    if same {
        Ok(())
    } else {
        Err(format!("xorb {} has other chunks", info.hash))
    }
}

fn known<'a>(state: &'a XetState, hash: &Hash) -> Result<&'a Arc<Xorb>, String> {
    state
        .xorb(hash)
        .ok_or_else(|| format!("xorb {hash} was not uploaded"))
}

fn check_file(state: &XetState, info: &FileInfo) -> Result<NewFile, String> {
    let proofs = info
        .verification
        .as_ref()
        .filter(|proofs| proofs.len() == info.terms.len())
        .ok_or_else(|| format!("file {} has no verification", info.hash))?;
    let mut tree = HashTree::new();
    let mut terms = Vec::with_capacity(info.terms.len());
    for (term, proof) in info.terms.iter().zip(proofs) {
        let xorb = known(state, &term.xorb)?;
        let chunks = term.chunks.start as usize..term.chunks.end as usize;
        let Some(part) = xorb.chunks.get(chunks.clone()) else {
            let (hash, have) = (term.xorb, xorb.chunks.len());
            return Err(format!("xorb {hash} has {have} chunks, not {}", chunks.end));
        };
        let length = xorb.unpacked(chunks.clone());
        if length != u64::from(term.length) {
            let (hash, told) = (info.hash, term.length);
            return Err(format!(
                "a term of file {hash} has {length} bytes, not {told}"
            ));
        }
        if Hash::of_range(part.iter().map(|chunk| &chunk.hash)) != *proof {
            return Err(format!("a term of file {} is not verified", info.hash));
        }
        for chunk in part {
            tree.push(chunk.hash, chunk.length.into());
        }
        let xorb = Arc::clone(xorb);
        terms.push(Term { xorb, chunks });
    }
    if tree.file_hash() != info.hash {
        let is = tree.file_hash();
        return Err(format!("file {} has the hash {is}", info.hash));
    }
    Ok(NewFile {
        hash: info.hash,
        terms,
        sha256: info.sha256.map(|digest| hex(&digest)),
    })
}

fn check_sha256(file: &NewFile) -> Result<(), String> {
    let Some(told) = &file.sha256 else {
        return Ok(());
    };
    let content = XetFile::assembled(file.hash, file.terms.clone(), None).blob;
    if content.is_discarded() || content.sha256() == told {
        return Ok(());
    }
    Err(format!(
        "file {} has the SHA-256 {}, not {told}",
        file.hash,
        content.sha256()
    ))
}
