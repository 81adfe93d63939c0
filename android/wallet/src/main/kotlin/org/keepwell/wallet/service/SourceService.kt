package org.keepwell.wallet.service

import org.keepwell.wallet.model.Outcome
import org.keepwell.wallet.model.SignInResult
import org.keepwell.wallet.model.Source
import org.keepwell.wallet.model.SourceId
import org.keepwell.wallet.model.SourceSync

/** Clinics whose records come from their own servers. */
interface SourceService {
    /** Asks the server at this address how to sign in; gives the page for the browser, from which the patient comes back within an hour. */
    suspend fun begin(address: String): Outcome<String>

    /** Takes what the browser came back with, which connects the clinic, once; [person] is the key of whom the patient said to be. */
    suspend fun finish(redirect: String, person: String? = null): Outcome<SignInResult>

    /** Every clinic that is connected, in the order in which they were. */
    suspend fun list(): Outcome<List<Source>>

    /** Fetches what is new there; [onProgress] gets each kind of records before it is asked for, on any thread. Cancelled, it keeps what came. */
    suspend fun sync(id: SourceId, onProgress: (String) -> Unit = {}): Outcome<SourceSync>

    /** Lets a clinic go; its records stay. Says whether the clinic was told. */
    suspend fun remove(id: SourceId): Outcome<Boolean>
}
