package org.keepwell.wallet.screen

import java.time.Instant
import java.time.InstantSource
import kotlin.time.Duration
import kotlin.time.toJavaDuration
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Job
import kotlinx.coroutines.launch
import org.keepwell.wallet.model.Clinic
import org.keepwell.wallet.model.Grant
import org.keepwell.wallet.model.GrantExtension
import org.keepwell.wallet.model.GrantId
import org.keepwell.wallet.model.GrantPreview
import org.keepwell.wallet.model.Outcome
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.orElse
import org.keepwell.wallet.navigation.Navigator
import org.keepwell.wallet.navigation.Route
import org.keepwell.wallet.service.WalletServices

/** Where extending an access stands: for how long, what the clinic would see, the PIN as consent. */
enum class ExtendStep { CHOOSE, REVIEW, CONFIRM }

/** Extending one access. */
data class ExtendState(
    /** The access as it stands, also where it has ended meanwhile. */
    val grant: Grant? = null,
    /** The clinic as it was proved now. */
    val clinic: Clinic? = null,
    /** For how long from now it can last; each ends later than the access does. */
    val durations: List<Duration> = emptyList(),
    val duration: Duration? = null,
    /** The end of the longer access, as it was when it was reviewed. */
    val until: Instant? = null,
    val step: ExtendStep = ExtendStep.CHOOSE,
    val preview: GrantPreview? = null,
    val pin: PinState = PinState(),
    val problem: Problem? = null,
) {
    /** Why nothing may be granted to this clinic, if so. */
    val blocked: Problem? get() = clinic?.standing?.blocked

    /** Whether it has ended, and nothing makes it longer. */
    val hasEnded get() = grant?.state?.isInForce == false

    /** Whether it lasts as long already as anything that can be chosen. */
    val isLongest get() = clinic != null && blocked == null && !hasEnded && durations.isEmpty()

    /** Whether it is chosen for how long. */
    val canReview get() = grant != null && !hasEnded && clinic != null && blocked == null && duration != null

    /** Whether the clinic's view is known and may be consented to. */
    val canConfirm get() = canReview && preview != null
}

/** What is done while extending. */
sealed interface ExtendEvent {
    data class ChooseDuration(val duration: Duration) : ExtendEvent
    data object Review : ExtendEvent
    data object Confirm : ExtendEvent
    class Pin(val event: PinEvent) : ExtendEvent {
        override fun toString() = "Pin(..)"
    }

    data object Back : ExtendEvent

    /** Leads from what has ended to the clinic's page. */
    data object OpenClinic : ExtendEvent
    data object Retry : ExtendEvent
}

/** Makes an access longer: the same categories and purpose, proved and consented to as for a new one. */
class ExtendModel(
    private val id: GrantId,
    private val services: WalletServices,
    private val clock: InstantSource,
    private val navigator: Navigator,
    private val extending: Extending,
    scope: CoroutineScope,
) : ScreenModel<ExtendState, ExtendEvent>(ExtendState(), scope) {
    private val entry = PinEntry(scope, { next -> change { it.copy(pin = next) } }, ::extend)
    private var loading: Job? = null

    init {
        load()
    }

    override fun on(event: ExtendEvent) {
        val now = state.value
        if (now.pin.isChecking) return
        when (event) {
            is ExtendEvent.ChooseDuration -> if (event.duration in now.durations) change { it.copy(duration = event.duration) }
            ExtendEvent.Review -> if (now.canReview) {
                change { it.copy(step = ExtendStep.REVIEW, preview = null) }
                load()
            }
            ExtendEvent.Confirm -> if (now.canConfirm) change { it.copy(step = ExtendStep.CONFIRM) }
            is ExtendEvent.Pin -> if (now.step == ExtendStep.CONFIRM) entry.on(event.event)
            ExtendEvent.Back -> back(now.step)
            ExtendEvent.OpenClinic -> now.grant?.let { openClinic(it) }
            ExtendEvent.Retry -> load()
        }
    }

    override fun hide() = entry.hide()

    override fun close() = entry.close()

    private fun back(from: ExtendStep) {
        when (from) {
            ExtendStep.CHOOSE -> navigator.back()
            ExtendStep.REVIEW -> change { it.copy(step = ExtendStep.CHOOSE, preview = null, problem = null) }
            ExtendStep.CONFIRM -> {
                entry.clear()
                change { it.copy(step = ExtendStep.REVIEW) }
            }
        }
    }

    private fun openClinic(grant: Grant) {
        navigator.back()
        val route = Route.Clinic(grant.clinic)
        if (navigator.routes.value.last() != route) navigator.open(route)
    }

    private fun load() {
        loading?.cancel()
        change { it.copy(problem = null) }
        loading = scope.launch {
            val grant = services.consent.grants().orElse(::fail)?.let { all ->
                all.find { it.id == id } ?: return@launch fail(Problem.NotFound("NoSuchGrant"))
            } ?: return@launch
            if (!grant.state.isInForce) return@launch tellEnded(grant)
            val longer = services.consent.extensionDurations(id).orElse(::fail) ?: return@launch
            offer(grant, longer)
            val clinic = services.clinics.prove(grant.clinic).orElse(::fail) ?: return@launch
            change { it.copy(clinic = clinic) }
            if (state.value.step == ExtendStep.REVIEW) preview()
        }
    }

    private fun tellEnded(grant: Grant) =
        change { it.copy(grant = grant, durations = emptyList(), duration = null, step = ExtendStep.CHOOSE, preview = null, problem = null) }

    private fun offer(grant: Grant, longer: List<Duration>) {
        val first = services.choices.grantDuration.takeIf { it in longer } ?: longer.firstOrNull()
        change { it.copy(grant = grant, durations = longer, duration = it.duration?.takeIf { chosen -> chosen in longer } ?: first) }
    }

    private suspend fun preview() {
        val duration = state.value.duration ?: return
        val preview = services.consent.preview(id).orElse(::fail) ?: return
        change { it.copy(preview = preview, until = clock.instant().plus(duration.toJavaDuration())) }
    }

    private suspend fun extend(pin: ByteArray): Outcome<GrantExtension> {
        val (grant, duration) = state.value.run { grant to duration }
        if (grant == null || duration == null) return Outcome.Failed(Problem.NotFound("NoSuchGrant"))
        // What was made is shown from there, in place of this.
        val outcome = extending.extend(pin, grant, duration)
        if (outcome is Outcome.Failed && !outcome.problem.isAboutPin) {
            change { it.copy(step = ExtendStep.REVIEW, problem = outcome.problem, clinic = it.clinic?.after(outcome.problem)) }
            services.consent.grants().orElse { }?.find { it.id == id && !it.state.isInForce }?.let(::tellEnded)
        }
        return outcome
    }

    private fun fail(problem: Problem) = change { it.copy(problem = problem, clinic = it.clinic?.after(problem)) }
}
