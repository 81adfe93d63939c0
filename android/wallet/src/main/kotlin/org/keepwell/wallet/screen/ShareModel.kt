package org.keepwell.wallet.screen

import java.time.InstantSource
import kotlin.time.Duration
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Job
import kotlinx.coroutines.delay
import kotlinx.coroutines.isActive
import kotlinx.coroutines.launch
import org.keepwell.wallet.model.Category
import org.keepwell.wallet.model.CategoryCount
import org.keepwell.wallet.model.Choices
import org.keepwell.wallet.model.NewShare
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.QrCode
import org.keepwell.wallet.model.ShareAction
import org.keepwell.wallet.model.ShareId
import org.keepwell.wallet.model.ShareLink
import org.keepwell.wallet.model.ShareOpening
import org.keepwell.wallet.model.ShareRequest
import org.keepwell.wallet.model.ShareState
import org.keepwell.wallet.model.orElse
import org.keepwell.wallet.service.WalletServices

/** Where sharing stands. */
enum class ShareStep {
    /** What, and for how long. */
    CHOOSE,

    /** What leaves, before anybody can scan it. */
    REVIEW,

    /** The code, counting down. */
    SHOWN,
}

/** Sharing by QR code. */
data class ShareScreenState(
    val choices: Choices,
    val step: ShareStep = ShareStep.CHOOSE,
    val counts: List<CategoryCount> = emptyList(),
    val categories: Set<Category> = emptySet(),
    val life: Duration = choices.shareLife,
    val isBusy: Boolean = false,
    /** What leaves, by FHIR type. */
    val types: Map<String, Long> = emptyMap(),
    val dangling: Long = 0,
    val withdrawn: Long = 0,
    val qrCode: QrCode? = null,
    val state: ShareState = ShareState.ACTIVE,
    /** Paused or ended here, but the host was not reached: it still opens. */
    val isStillOpen: Boolean = false,
    /** Until the code stops working, in whole seconds. */
    val remaining: Duration = Duration.ZERO,
    val openings: List<ShareOpening> = emptyList(),
    val problem: Problem? = null,
) {
    /** Whether the code still works or can be made to. */
    val isLive get() = state == ShareState.ACTIVE || state == ShareState.PAUSED

    /** The code while somebody may scan it. */
    val visibleCode get() = qrCode.takeIf { state == ShareState.ACTIVE }
}

/** What is done while sharing. */
sealed interface ShareScreenEvent {
    data class Toggle(val category: Category) : ShareScreenEvent
    data object CheckInSet : ShareScreenEvent
    data class ChooseLife(val life: Duration) : ShareScreenEvent
    data object Create : ShareScreenEvent
    data object Show : ShareScreenEvent
    data object Pause : ShareScreenEvent
    data object Resume : ShareScreenEvent
    data object Stop : ShareScreenEvent
    data object SendLink : ShareScreenEvent
    data object Again : ShareScreenEvent
}

/** Makes a share, shows it, counts down and says who opened it. The link stays in memory and goes with the screen. */
class ShareModel(
    private val services: WalletServices,
    private val clock: InstantSource,
    private val sheet: ShareSheet,
    scope: CoroutineScope,
) : ScreenModel<ShareScreenState, ShareScreenEvent>(ShareScreenState(services.choices), scope) {
    private var made: NewShare? = null
    private var working: Job? = null
    private var showing: Job? = null
    private var telling: Job? = null

    init {
        scope.launch { services.records.counts().orElse(::fail)?.let { counts -> change { it.copy(counts = counts) } } }
    }

    override fun on(event: ShareScreenEvent) {
        when (event) {
            is ShareScreenEvent.Toggle -> change {
                it.copy(categories = if (event.category in it.categories) it.categories - event.category else it.categories + event.category)
            }
            ShareScreenEvent.CheckInSet -> change { it.copy(categories = emptySet()) }
            is ShareScreenEvent.ChooseLife -> if (event.life in state.value.choices.shareLives) change { it.copy(life = event.life) }
            ShareScreenEvent.Create -> create()
            ShareScreenEvent.Show -> show()
            ShareScreenEvent.Pause -> act(ShareAction.PAUSE)
            ShareScreenEvent.Resume -> act(ShareAction.RESUME)
            ShareScreenEvent.Stop -> act(ShareAction.REVOKE)
            ShareScreenEvent.SendLink -> made?.takeIf { state.value.state == ShareState.ACTIVE }?.let { sheet.send(it.link) }
            ShareScreenEvent.Again -> if (!state.value.isLive) again()
        }
    }

    override fun close() {
        made = null
    }

    private fun create() = work {
        val chosen = state.value
        val share = services.shares.share(ShareRequest(chosen.categories, chosen.life)).orElse(::fail) ?: return@work
        made = share
        change { it.copy(step = ShareStep.REVIEW, types = share.types, dangling = share.dangling, withdrawn = share.withdrawn, state = share.share.state) }
        countDown()
    }

    private fun show() = work {
        val share = made?.takeIf { state.value.isLive } ?: return@work
        val code = services.shares.qrCode(share.link).orElse(::fail) ?: return@work
        change { it.copy(step = ShareStep.SHOWN, qrCode = code) }
    }

    private fun act(action: ShareAction) = work {
        val share = made ?: return@work
        val changed = services.shares.change(share.share.id, action).orElse(::fail) ?: return@work
        if (changed.state == ShareState.REVOKED) end(ShareState.REVOKED)
        telling?.cancel()
        change { it.copy(state = changed.state, isStillOpen = changed.isStillOpen(clock.instant())) }
        if (state.value.isStillOpen) tell(changed.id)
    }

    /** Syncs until the host knows what was decided, or the share's time is over. */
    private fun tell(id: ShareId) {
        telling = scope.launch {
            do {
                delay(WATCH)
                services.consent.sync()
                val share = services.shares.list().orElse {}?.find { it.id == id }
                if (share != null) change { it.copy(isStillOpen = share.isStillOpen(clock.instant())) }
            } while (state.value.isStillOpen)
        }
    }

    private fun countDown() {
        val share = made?.share ?: return
        showing?.cancel()
        showing = scope.launch {
            launch {
                while (isActive) {
                    if (state.value.step == ShareStep.SHOWN) {
                        // Nobody reached: the last list stands, and the next round asks again.
                        services.shares.openings(share.id).orElse {}?.let { openings -> change { it.copy(openings = openings) } }
                    }
                    delay(WATCH)
                }
            }
            while (isActive) {
                val left = java.time.Duration.between(clock.instant(), share.expires).toMillis().milliseconds
                if (left <= Duration.ZERO) return@launch end(ShareState.EXPIRED)
                change { it.copy(remaining = ((left.inWholeMilliseconds + 999) / 1000).seconds) }
                delay(1.seconds)
            }
        }
    }

    /** An ended share leaves nothing that could be scanned. */
    private fun end(how: ShareState) {
        made = null
        change { it.copy(step = ShareStep.SHOWN, state = how, isStillOpen = false, qrCode = null, remaining = Duration.ZERO) }
        telling?.cancel()
        showing?.cancel()
    }

    private fun again() {
        showing?.cancel()
        telling?.cancel()
        change { ShareScreenState(it.choices, counts = it.counts) }
    }

    private fun work(block: suspend () -> Unit) {
        if (state.value.isBusy) return
        change { it.copy(isBusy = true, problem = null) }
        working = scope.launch {
            try {
                block()
            } finally {
                change { it.copy(isBusy = false) }
            }
        }
    }

    private fun fail(problem: Problem) = change { it.copy(problem = problem) }

    companion object {
        private val WATCH = 5.seconds
    }
}

/** Hands a link to another app that the person picks. */
fun interface ShareSheet {
    /** Opens the platform's own sheet. */
    fun send(link: ShareLink)
}
