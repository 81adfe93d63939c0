package org.keepwell.wallet.model

import java.time.Instant
import kotlin.time.Duration

/** What a clinic may use records for: HL7's PurposeOfUse. */
enum class Purpose(val code: String) {
    TREATMENT("TREAT"),
    EMERGENCY("ETREAT"),
    PAYMENT("HPAYMT"),
    OPERATIONS("HOPERAT"),
    RESEARCH("HRESCH"),
    PUBLIC_HEALTH("PUBHLTH"),
    PATIENT_REQUEST("PATRQT"),
    FAMILY_REQUEST("FAMRQT"),
    ;

    companion object {
        /** The purpose of exactly this code. */
        fun coded(code: String): Purpose? = entries.find { it.code == code }
    }
}

/** Names a clinic: 64 lower-case hex digits. */
@JvmInline
value class ClinicId(val hex: String) {
    companion object {
        /** Reads a desk's code, `keepwell:p/` and the id as base64url; null if it is none. */
        fun scanned(text: String): ClinicId? {
            if (!text.startsWith(PREFIX)) return null
            val bytes = try {
                java.util.Base64.getUrlDecoder().decode(text.substring(PREFIX.length))
            } catch (_: IllegalArgumentException) {
                return null
            }
            if (bytes.size != 32) return null
            return ClinicId(bytes.joinToString("") { "%02x".format(it) })
        }

        /** The id of exactly 64 lower-case hex digits. */
        fun parse(hex: String): ClinicId? =
            ClinicId(hex).takeIf { hex.length == 64 && hex.all { digit -> digit in '0'..'9' || digit in 'a'..'f' } }

        private const val PREFIX = "keepwell:p/"
    }
}

/** Where a clinic stands with this wallet and with the authorities. */
enum class ClinicStanding { LISTED, ACTIVE, SUSPENDED, KEY_CHANGED }

/** A clinic; [place] is as listed until its card has been proved. */
data class Clinic(val id: ClinicId, val name: String, val place: String?, val standing: ClinicStanding)

/** What the patient is about to grant; [isNamed] says whether the clinic is told the patient's name and birth date. */
data class GrantTerms(
    val clinic: ClinicId,
    val categories: Set<Category>,
    val purpose: Purpose,
    val duration: Duration,
    val isNamed: Boolean = true,
    /** What this answers; null where the clinic asked for nothing. */
    val request: RequestId? = null,
)

/** Names what a clinic asks for: 32 lower-case hex digits. */
@JvmInline
value class RequestId(val hex: String)

/** What a clinic asks for by the code at its desk; the patient may give less. */
data class AccessRequest(
    val id: RequestId,
    val clinic: ClinicId,
    val categories: Set<Category>,
    val purpose: Purpose,
    val duration: Duration,
) {
    companion object {
        /** Whether a code's text may be one; who reads it says whether it is. */
        fun isOne(text: String) = text.startsWith("keepwell:r/")
    }
}

/** Records of one category that a preview lists, newest first. */
data class PreviewedCategory(val category: Category, val records: List<RecordSummary>)

/** What a clinic would see now under some terms. [hidden] records stay hidden; [along] go along because one that is seen refers to them. */
data class GrantPreview(val seen: List<PreviewedCategory>, val hidden: Long, val along: Long)

/** Names a grant: 64 lower-case hex digits. */
@JvmInline
value class GrantId(val hex: String)

/** Where a grant stands. */
enum class GrantState {
    /** Made here, not yet proved to be on the ledger. */
    PENDING,

    /** Proved to be in force. */
    ACTIVE,

    /** Ended by time. */
    EXPIRED,

    /** Revoked here; the ledger's proof is awaited. */
    REVOKING,

    /** Revoked, and proved so. */
    REVOKED,
    ;

    /** Whether the clinic can still ask for records under it, or will be able to. */
    val isInForce get() = this == PENDING || this == ACTIVE
}

/** What extending an access came to. */
data class GrantExtension(
    /** The new one; pending while the ledger does not show it. */
    val grant: Grant,
    /** Where the one of before stands: in force as long as the new one is not. */
    val former: GrantState,
)

/** Who has stopped a grant that the patient ended. */
enum class StoppedBy {
    /** The host serves it no more; the ledger does not show it yet. */
    HOST,

    /** The ledger shows that it was revoked. */
    LEDGER,
}

/** A grant as the patient sees it; both screens show [matchCode], six digits. */
data class Grant(
    val id: GrantId,
    val clinic: ClinicId,
    val clinicName: String,
    val categories: List<Category>,
    val purpose: Purpose,
    val notBefore: Instant,
    val notAfter: Instant,
    val state: GrantState,
    val since: Instant,
    val delivered: Boolean,
    val matchCode: String,
    val stoppedBy: StoppedBy?,
) {
    /** Whether access is given: the ledger proves it, and the clinic was told. */
    val isGiven get() = state == GrantState.ACTIVE && delivered

    /** Whether the clinic can still read although the patient ended it: neither host nor ledger was reached. */
    val isStillOpen get() = state == GrantState.REVOKING && stoppedBy == null

    /** Whether the clinic can read under it, or will be able to. */
    val isOpen get() = state.isInForce || isStillOpen

    /** Whether what the patient decided has yet to take effect: it is sent, proved, or told to the clinic. */
    val isOnItsWay get() = isStillOpen || state.isInForce && !isGiven
}

/**
 * A clinic has read so many [records] since that was told last. Where it did not even sign that it asked for them, the host says so
 * and nothing proves it. No name where this wallet has made no such grant.
 */
data class ClinicRead(val clinicName: String?, val records: Long, val isProved: Boolean = true) {
    override fun toString() = "ClinicRead(records=$records)"
}
