package org.keepwell.wallet.screen

import java.time.Instant
import java.time.InstantSource
import kotlin.time.Duration
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.seconds
import kotlin.time.toJavaDuration
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Job
import kotlinx.coroutines.delay
import kotlinx.coroutines.launch
import org.keepwell.wallet.model.Category
import org.keepwell.wallet.model.CategoryCount
import org.keepwell.wallet.model.Choices
import org.keepwell.wallet.model.GrantState
import org.keepwell.wallet.model.NewShare
import org.keepwell.wallet.model.Outcome
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.QrCode
import org.keepwell.wallet.model.Share
import org.keepwell.wallet.model.ShareAction
import org.keepwell.wallet.model.ShareId
import org.keepwell.wallet.model.ShareLink
import org.keepwell.wallet.model.ShareOpening
import org.keepwell.wallet.model.SharePreview
import org.keepwell.wallet.model.ShareRequest
import org.keepwell.wallet.model.ShareState
import org.keepwell.wallet.model.orElse
import org.keepwell.wallet.model.problemOrNull
import org.keepwell.wallet.service.WalletServices

/** Where sharing stands. */
enum class ShareStep {
    /** The codes that live, and what to put behind a new one, for how long. */
    CHOOSE,

    /** What would leave; nothing has. */
    REVIEW,

    /** The PIN, for what is to live for longer than a day. */
    PIN,

    /** One code, counting down. */
    SHOWN,
}

/** Sharing by QR code. */
data class ShareScreenState(
    val choices: Choices,
    val step: ShareStep = ShareStep.CHOOSE,
    val counts: List<CategoryCount> = emptyList(),
    val categories: Set<Category> = emptySet(),
    val life: Duration = choices.shareLife,
    /** Whether what is added later is shown, too. */
    val followsRecord: Boolean = false,
    /** What the patient tells of themselves with the new code; nothing where it is blank. */
    val story: String = "",
    /** The passcode of the new code, as far as it was typed; none where it is blank. */
    val passcode: String = "",
    /** The codes that open, or can be made to again, newest first. */
    val live: List<Share> = emptyList(),
    val isBusy: Boolean = false,
    /** What would leave. */
    val preview: SharePreview? = null,
    /** Until when what was reviewed would work; null where it is for a day at most. */
    val until: Instant? = null,
    val pin: PinState = PinState(),
    /** The code that is shown. */
    val share: Share? = null,
    val qrCode: QrCode? = null,
    /** Paused or ended here, but the host was not reached: it still opens. */
    val isStillOpen: Boolean = false,
    /** Until the code stops working, in whole seconds. */
    val remaining: Duration = Duration.ZERO,
    /** Who opened it; null until the host said so, or where it is not reached and nobody had. */
    val openings: List<ShareOpening>? = null,
    /** Whether the person is asked before the code ends. */
    val isAsking: Boolean = false,
    val problem: Problem? = null,
) {
    /** Whether the code still works or can be made to. */
    val isLive get() = share?.state == ShareState.ACTIVE || share?.state == ShareState.PAUSED

    /** The code while somebody may scan it. */
    val visibleCode get() = qrCode.takeIf { share?.state == ShareState.ACTIVE }

    /** Whether what the patient wrote goes along. */
    val hasStory get() = story.isNotBlank()

    /** Whether the new code opens only with a passcode. */
    val needsPasscode get() = passcode.isNotBlank()

    override fun toString() = "ShareScreenState(step=$step, isBusy=$isBusy, problem=$problem)"
}

/** What is done while sharing. */
sealed interface ShareScreenEvent {
    data class Toggle(val category: Category) : ShareScreenEvent
    data object CheckInSet : ShareScreenEvent
    data class ChooseLife(val life: Duration) : ShareScreenEvent
    data class Follow(val isOn: Boolean) : ShareScreenEvent

    /** Writes what the patient tells; it says nothing, so that no log can. */
    class WriteStory(val text: String) : ShareScreenEvent {
        override fun toString() = "WriteStory(..)"
    }

    /** Types the passcode of the new code; it says nothing, so that no log can. */
    class TypePasscode(val text: String) : ShareScreenEvent {
        override fun toString() = "TypePasscode(..)"
    }
    data object Review : ShareScreenEvent
    data object Create : ShareScreenEvent
    class Pin(val event: PinEvent) : ShareScreenEvent {
        override fun toString() = "Pin(..)"
    }
    data class Open(val id: ShareId) : ShareScreenEvent
    data object Pause : ShareScreenEvent
    data object Resume : ShareScreenEvent
    data object AskStop : ShareScreenEvent
    data object KeepOpen : ShareScreenEvent
    data object ConfirmStop : ShareScreenEvent
    data object SendLink : ShareScreenEvent
    data object Back : ShareScreenEvent
}

/**
 * Says what would leave, makes a share, shows it, counts down and says who opened it; and comes back to those that live.
 *
 * Links stay in memory and go with the screen; the wallet makes them again. While something is done, nothing new is begun, but what was decided
 * about a code is done after it, and who goes back goes at once.
 */
class ShareModel(
    private val services: WalletServices,
    private val clock: InstantSource,
    private val sheet: ShareSheet,
    private val revoking: Revoking,
    scope: CoroutineScope,
) : ScreenModel<ShareScreenState, ShareScreenEvent>(ShareScreenState(services.choices), scope) {
    private var link: ShareLink? = null
    private var watching: Job? = null

    /** How much is being done. */
    private var running = 0
    private val entry = PinEntry(scope, { next -> change { it.copy(pin = next) } }, ::createOnLedger)

    /** Grows when the PIN goes out of sight: what is being made then is not shown, and only listed. */
    private var hidden = 0

    init {
        scope.launch { services.records.counts().orElse(::fail)?.let { counts -> change { it.copy(counts = counts) } } }
        scope.launch {
            services.consent.changes.collect {
                load()
                openings()
            }
        }
        scope.launch { load() }
    }

    override fun on(event: ShareScreenEvent) {
        when (event) {
            is ShareScreenEvent.Toggle -> choose {
                it.copy(categories = if (event.category in it.categories) it.categories - event.category else it.categories + event.category)
            }
            ShareScreenEvent.CheckInSet -> choose { it.copy(categories = emptySet()) }
            is ShareScreenEvent.ChooseLife -> if (event.life in state.value.choices.run { shareLives + shareLivesOnLedger }) choose { it.copy(life = event.life) }
            is ShareScreenEvent.Follow -> choose { it.copy(followsRecord = event.isOn) }
            is ShareScreenEvent.WriteStory -> choose {
                it.copy(story = event.text.take(LONGEST_TYPED_STORY), problem = it.problem.takeIf { problem -> problem != Problem.StoryTooLong })
            }
            is ShareScreenEvent.TypePasscode -> choose {
                it.copy(passcode = event.text.take(LONGEST_PASSCODE), problem = it.problem.takeIf { problem -> problem !is Problem.PasscodeUnsuitable })
            }
            ShareScreenEvent.Review -> review()
            ShareScreenEvent.Create -> create()
            is ShareScreenEvent.Pin -> if (state.value.step == ShareStep.PIN) entry.on(event.event)
            is ShareScreenEvent.Open -> open(event.id)
            ShareScreenEvent.Pause -> act(ShareAction.PAUSE)
            ShareScreenEvent.Resume -> act(ShareAction.RESUME)
            ShareScreenEvent.AskStop -> change { it.copy(isAsking = it.isLive) }
            ShareScreenEvent.KeepOpen -> change { it.copy(isAsking = false) }
            ShareScreenEvent.ConfirmStop -> if (state.value.isAsking) {
                change { it.copy(isAsking = false) }
                act(ShareAction.REVOKE)
            }
            ShareScreenEvent.SendLink -> link?.takeIf { state.value.share?.state == ShareState.ACTIVE }?.let(sheet::send)
            ShareScreenEvent.Back -> if (state.value.step == ShareStep.PIN) leavePin() else back()
        }
    }

    /** A review of what was to have a passcode goes with it: nothing leaves without one that was to have one. */
    override fun hide() {
        entry.hide()
        if (state.value.step == ShareStep.PIN) hidden++
        change {
            val kept = it.copy(passcode = "")
            val isReviewed = it.step == ShareStep.REVIEW || it.step == ShareStep.PIN
            if (it.needsPasscode && isReviewed) kept.copy(step = ShareStep.CHOOSE, preview = null) else kept
        }
    }

    override fun close() {
        entry.close()
        link = null
    }

    /** What was reviewed is what leaves: nothing is chosen after it. */
    private fun choose(step: (ShareScreenState) -> ShareScreenState) {
        if (state.value.step == ShareStep.CHOOSE && !state.value.isBusy) change(step)
    }

    private fun review() {
        if (state.value.step != ShareStep.CHOOSE) return
        begin {
            val chosen = state.value
            val passcode = passcode(chosen)
            try {
                if (passcode != null) services.shares.checkPasscode(passcode).orElse(::fail) ?: return@begin
            } finally {
                passcode?.fill(0)
            }
            val preview = services.shares.preview(chosen.categories).orElse(::fail) ?: return@begin
            // A passcode that was forgotten meanwhile is typed anew.
            val until = if (chosen.life in chosen.choices.shareLivesOnLedger) clock.instant() + chosen.life.toJavaDuration() else null
            change { if (it.passcode == chosen.passcode) it.copy(step = ShareStep.REVIEW, preview = preview, until = until) else it }
        }
    }

    private fun passcode(chosen: ShareScreenState): ByteArray? = chosen.passcode.takeIf { chosen.needsPasscode }?.trim()?.encodeToByteArray()

    private fun create() {
        if (state.value.step != ShareStep.REVIEW) return
        if (state.value.until != null) return askForPin()
        begin {
            val made = make(state.value) { request, passcode -> services.shares.share(request, passcode) }.orElse(::fail) ?: return@begin
            take(made, isAwaited = state.value.step == ShareStep.REVIEW)
        }
    }

    private fun askForPin() {
        if (state.value.isBusy) return
        entry.clear()
        change { it.copy(step = ShareStep.PIN, problem = null) }
    }

    private suspend fun createOnLedger(pin: ByteArray): Outcome<*> {
        val chosen = state.value
        // Out of sight before it began: with a passcode, nothing leaves without it.
        if (chosen.step != ShareStep.PIN) return Outcome.Done(Unit)
        val asked = hidden
        return busy {
            // It was confirmed, so it is made though the screen is left; half of it would be a code that nobody was shown.
            val outcome = toTheEnd { make(chosen) { request, passcode -> services.shares.shareOnLedger(pin, request, passcode) } }
            when {
                outcome is Outcome.Done -> {
                    val isAwaited = state.value.step == ShareStep.PIN && asked == hidden
                    if (!isAwaited) back()
                    take(outcome.value, isAwaited)
                }
                // A wrong PIN is said on the pad.
                outcome is Outcome.Failed && !outcome.problem.isAboutPin ->
                    change { it.copy(step = if (it.step == ShareStep.PIN) ShareStep.REVIEW else it.step, problem = outcome.problem) }
            }
            outcome
        }
    }

    private suspend fun make(chosen: ShareScreenState, share: suspend (ShareRequest, ByteArray?) -> Outcome<NewShare>): Outcome<NewShare> {
        val passcode = passcode(chosen)
        return try {
            share(ShareRequest(chosen.categories, chosen.life, chosen.followsRecord, chosen.story), passcode)
        } finally {
            passcode?.fill(0)
        }
    }

    /** Shows a code that was made. Who went back meanwhile finds it among those that live. */
    private suspend fun take(made: NewShare, isAwaited: Boolean) {
        change { it.copy(story = "", passcode = "") }
        if (isAwaited) show(made.share, made.link) else load()
    }

    private fun open(id: ShareId) = begin {
        val share = state.value.live.find { it.id == id } ?: return@begin
        // One that was ended opens for as long as its host was not told, but is not shown to anybody any more.
        val again = if (share.state == ShareState.REVOKED) null else services.shares.link(id).orElse(::fail) ?: return@begin
        show(share, again)
    }

    private suspend fun show(share: Share, opening: ShareLink?) {
        val code = opening?.let { services.shares.qrCode(it).orElse(::fail) }
        link = opening
        change { it.copy(step = ShareStep.SHOWN, passcode = "", preview = null, qrCode = code, openings = null).showing(share) }
        load()
        openings()
    }

    private fun act(action: ShareAction) {
        val id = state.value.share?.id ?: return
        perform {
            val changed = revoking.change(id, action).orElse(::fail) ?: return@perform
            change { if (it.share?.id == id) it.showing(changed) else it }
            load()
        }
    }

    private fun leavePin() {
        if (state.value.pin.isChecking) return
        entry.clear()
        change { it.copy(step = ShareStep.REVIEW) }
    }

    private fun back() {
        link = null
        change {
            ShareScreenState(
                it.choices, counts = it.counts, categories = it.categories, life = it.life, followsRecord = it.followsRecord, story = it.story,
                passcode = it.passcode, live = it.live, isBusy = it.isBusy,
            )
        }
        scope.launch { load() }
    }

    /** Reads how the shares stand, and looks after those that live. */
    private suspend fun load() {
        val shares = services.shares.list().orElse(::fail) ?: return
        val now = clock.instant()
        change { before ->
            val shown = before.share?.let { share -> shares.find { it.id == share.id } }
            before.copy(live = shares.filter { it.isLive(now) }).let { if (shown == null) it else it.showing(shown) }
        }
        if (watching?.isActive != true) watching = scope.launch { watch() }
    }

    /**
     * Counts down. Now and then it syncs, where the host is to learn something or may have news of the code that is shown; a sync
     * does not keep the wallet from locking, and reading would.
     */
    private suspend fun watch() {
        var seconds = 0
        while (state.value.live.isNotEmpty() || state.value.isEnding) {
            delay(1.seconds)
            val now = clock.instant()
            change { before ->
                val live = before.live.filter { it.isLive(now) }
                before.copy(live = live).let { if (before.share == null) it else it.showing(before.share) }
            }
            val isAwaited = state.value.isLive || state.value.isEnding || state.value.live.any { it.isStillOpen(now) || it.isPending }
            if (++seconds % WATCH == 0 && isAwaited) look()
        }
    }

    private suspend fun look() {
        val isReached = services.consent.sync().problemOrNull() == null
        // That nobody opened it is only so for as long as the host says it.
        if (!isReached) change { it.copy(openings = it.openings?.ifEmpty { null }) }
        if (isReached && state.value.openings == null) openings()
    }

    private suspend fun openings() {
        val shown = state.value.share ?: return
        // Nobody reached: the last list stands.
        services.shares.openings(shown.id).orElse {}?.let { openings ->
            change { if (it.share?.id == shown.id) it.copy(openings = openings) else it }
        }
    }

    /** How a share is shown now; one that has ended leaves nothing that could be scanned. */
    private fun ShareScreenState.showing(share: Share): ShareScreenState {
        val now = clock.instant()
        val isOver = now >= share.expires && share.state != ShareState.REVOKED
        val shown = if (isOver) share.copy(state = ShareState.EXPIRED) else share
        val left = java.time.Duration.between(now, share.expires).toMillis().coerceAtLeast(0).milliseconds
        val next = copy(
            share = shown,
            isStillOpen = shown.isStillOpen(now),
            remaining = ((left.inWholeMilliseconds + 999) / 1000).seconds,
        )
        if (next.isLive) return next
        link = null
        return next.copy(qrCode = null, remaining = Duration.ZERO, isAsking = false)
    }

    /** Whether the ledger does not show yet that the code which is shown was ended. */
    private val ShareScreenState.isEnding get() = share?.ledger == GrantState.REVOKING

    /** Does what its button is off for while something else is done. */
    private fun begin(block: suspend () -> Unit) {
        if (!state.value.isBusy) perform(block)
    }

    private fun perform(block: suspend () -> Unit) {
        // At once: what was decided is done also where the screen is left in the same moment.
        scope.launch(start = CoroutineStart.UNDISPATCHED) { busy(block) }
    }

    private suspend fun <T> busy(block: suspend () -> T): T {
        running++
        change { it.copy(isBusy = true, problem = null) }
        return try {
            block()
        } finally {
            running--
            change { it.copy(isBusy = running > 0) }
        }
    }

    private fun fail(problem: Problem) = change { it.copy(problem = problem) }

    private companion object {
        /** Seconds between two looks at the host. */
        const val WATCH = 5

        /** More than goes along, which the library says; no more, since a screen has to draw it. */
        const val LONGEST_TYPED_STORY = 100_000

        /** More than anybody types by hand. */
        const val LONGEST_PASSCODE = 200
    }
}

/** Hands a link to another app that the person picks. */
fun interface ShareSheet {
    /** Opens the platform's own sheet. */
    fun send(link: ShareLink)
}
