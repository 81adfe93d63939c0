package org.keepwell.wallet.model

import java.time.Instant

/** Names a clinic whose records come from its own server. */
@JvmInline
value class SourceId(val text: String)

/** A clinic whose records come from its own server; kinds of records are by FHIR's names. */
data class Source(
    val id: SourceId,
    /** The name of its server. */
    val name: String,
    val address: String,
    /** The kinds of records that it gives. */
    val given: List<String>,
    /** The kinds that it was asked for and does not give. */
    val withheld: List<String>,
    val added: Instant,
    /** When its records were fetched last. */
    val last: Instant?,
    /** When what the patient agreed to ends, where that is known. */
    val expires: Instant?,
    /** Whether that has ended: the patient signs in again. */
    val needsSignIn: Boolean,
)

/** What came of signing in. */
sealed interface SignInResult {
    /** The clinic is connected; nothing was fetched yet. */
    data class Connected(val source: Source) : SignInResult

    /** It gives records of somebody who may be the patient or not: it is not connected. */
    data class WhoIsIt(val person: OtherPerson) : SignInResult
}

/** Somebody whose records a clinic gives; [key] says that it is the patient when the patient signs in again. */
data class OtherPerson(val key: String, val name: String?, val birthDate: String?) {
    override fun toString() = "OtherPerson(..)"
}

/** What came of fetching records. */
data class SourceSync(val source: Source, val report: ImportReport, val missing: List<MissingRecords>)

/** A kind of records that did not come, or not all of it, or maybe not. */
data class MissingRecords(val type: String, val reason: MissingReason)

/** Why, as far as a person can act on it. */
enum class MissingReason {
    /** The clinic does not give it. */
    REFUSED,

    /** It was not reached, or had too much to do: later it may be there. */
    LATER,

    /** What came can't be used. */
    UNUSABLE,

    /** The clinic gives it only in parts, and may have others than those that came; nothing failed. */
    IN_PARTS,

    /** What the patient agreed to has ended. */
    SIGNED_OUT,
}
