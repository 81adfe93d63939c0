package org.keepwell.wallet.model

import java.time.Instant
import kotlin.time.Duration

/**
 * What to put behind a QR code; no categories means what a clinic asks for at check-in. [followsRecord]: what is added later is shown, too, while
 * it works. [story]: what the patient tells of themselves, which goes along; none where it is blank.
 */
data class ShareRequest(val categories: Set<Category>, val life: Duration, val followsRecord: Boolean = false, val story: String = "") {
    override fun toString() = "ShareRequest(..)"
}

/** Names a share. */
@JvmInline
value class ShareId(val hex: String)

/** Where a share stands. */
enum class ShareState { ACTIVE, PAUSED, EXPIRED, REVOKED }

/** A share; the link is not in it. [isTold] says whether the host knows the [state]. */
data class Share(
    val id: ShareId,
    val created: Instant,
    val expires: Instant,
    val state: ShareState,
    val isTold: Boolean,
    /** Whether what it shows follows the record while it works. */
    val followsRecord: Boolean = false,
    /** Whether it opens only with its passcode. */
    val needsPasscode: Boolean = false,
    /** Where its grant on the ledger stands, while which is pending nobody can open it; null: it goes by the host's word alone. */
    val ledger: GrantState? = null,
) {
    /** Whether nobody can open it yet: the ledger does not show it. */
    val isPending get() = state == ShareState.ACTIVE && ledger == GrantState.PENDING

    /** Whether the link still opens although the patient paused or ended it: the host was not reached, and its time is not over. */
    fun isStillOpen(now: Instant): Boolean =
        !isTold && now < expires && (state == ShareState.PAUSED || state == ShareState.REVOKED)

    /** Whether whoever has the link can read now. */
    fun isOpen(now: Instant): Boolean = now < expires && state == ShareState.ACTIVE || isStillOpen(now)

    /** Whether the link opens, or can be made to again. */
    fun isLive(now: Instant): Boolean = now < expires && state == ShareState.PAUSED || isOpen(now)
}

/** A link that opens a share: whoever has it can read until the share ends. Never in text, logs or saved state. */
class ShareLink(private val uri: String) {
    /** The link itself, for the QR code and the share sheet only. */
    fun expose(): String = uri

    override fun toString() = "ShareLink(..)"
}

/** A new share and its link. */
data class NewShare(val share: Share, val link: ShareLink)

/**
 * What would leave with a share. [along] records leave because another refers to them; [withdrawn] records stay because their
 * source calls them an error or has removed them. [hasPdf]: a PDF that lists what leaves goes along.
 */
data class SharePreview(val leaving: List<PreviewedCategory>, val along: Long = 0, val withdrawn: Long = 0, val hasPdf: Boolean = false)

/** One attempt to open a share, by the host's clock; [recipient] is who they said they are. */
data class ShareOpening(val time: Instant, val recipient: String, val opened: Boolean)

/** What the owner can do with a share. */
enum class ShareAction { PAUSE, RESUME, REVOKE }

/** A QR code: [size] modules a side, true is dark. */
class QrCode(val size: Int, private val dark: (x: Int, y: Int) -> Boolean) {
    /** Whether the module is dark; [x] from the left, [y] from the top. */
    fun isDark(x: Int, y: Int): Boolean = dark(x, y)

    override fun toString() = "QrCode(..)"
}
