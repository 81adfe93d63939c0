package org.keepwell.wallet.screen

import kotlin.time.Duration
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Job
import kotlinx.coroutines.launch
import org.keepwell.wallet.model.Category
import org.keepwell.wallet.model.CategoryCount
import org.keepwell.wallet.model.Choices
import org.keepwell.wallet.model.Clinic
import org.keepwell.wallet.model.ClinicStanding
import org.keepwell.wallet.model.Grant
import org.keepwell.wallet.model.GrantPreview
import org.keepwell.wallet.model.GrantTerms
import org.keepwell.wallet.model.Outcome
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.Purpose
import org.keepwell.wallet.model.orElse
import org.keepwell.wallet.navigation.GrantDraft
import org.keepwell.wallet.navigation.Navigator
import org.keepwell.wallet.navigation.Route
import org.keepwell.wallet.navigation.draft
import org.keepwell.wallet.service.WalletServices

/** Where granting stands. */
enum class GrantStep {
    /** Step 2: what, for how long, what for. */
    TERMS,

    /** Step 3: what the clinic would see. */
    REVIEW,

    /** The PIN again, as consent. */
    CONFIRM,

    /** What the clinic asks for was refused. */
    REFUSED,
}

/** Granting to one clinic. */
data class GrantScreenState(
    val choices: Choices,
    val clinic: Clinic? = null,
    val draft: GrantDraft = choices.draft(),
    val counts: List<CategoryCount> = emptyList(),
    val step: GrantStep = GrantStep.TERMS,
    val preview: GrantPreview? = null,
    val pin: PinState = PinState(),
    val problem: Problem? = null,
) {
    /** What may be chosen: what the clinic asks for, or everything there is. */
    val categories: List<CategoryCount>
        get() = draft.asked?.categories?.map { one -> counts.find { it.category == one } ?: CategoryCount(one, 0) } ?: counts

    /** How long it may be: at most what the clinic asks for. */
    val durations get() = draft.asked?.run { choices.grantDurations.filter { it < duration } + duration } ?: choices.grantDurations

    /** What for: what the clinic asks for, or anything. */
    val purposes get() = if (draft.asked == null) choices.purposes else listOf(draft.purpose)

    /** Why nothing may be granted to this clinic, if so. */
    val blocked: Problem? get() = clinic?.standing?.blocked

    /** Whether the terms are complete. */
    val canReview get() = clinic != null && blocked == null && draft.categories.isNotEmpty()

    /** Whether the clinic's view is known and may be consented to. */
    val canConfirm get() = canReview && preview != null
}

/** What is done while granting. */
sealed interface GrantScreenEvent {
    data object OpenClinic : GrantScreenEvent
    data class Toggle(val category: Category) : GrantScreenEvent
    data class ChoosePurpose(val purpose: Purpose) : GrantScreenEvent
    data class ChooseDuration(val duration: Duration) : GrantScreenEvent
    data class TellName(val isNamed: Boolean) : GrantScreenEvent
    data object Review : GrantScreenEvent

    /** Refuses what the clinic asks for. */
    data object Refuse : GrantScreenEvent
    data object Confirm : GrantScreenEvent
    data class Pin(val event: PinEvent) : GrantScreenEvent
    data object Back : GrantScreenEvent
    data object Retry : GrantScreenEvent
}

/**
 * Leads through steps 2 and 3. The clinic is proved anew each time, and consent takes the PIN each time.
 *
 * Choices are kept in the route, so they survive the end of the process; the PIN and the preview do not.
 */
class GrantModel(
    private val route: Route.Grant,
    private val services: WalletServices,
    private val navigator: Navigator,
    scope: CoroutineScope,
) : ScreenModel<GrantScreenState, GrantScreenEvent>(
    GrantScreenState(
        choices = services.choices,
        draft = route.draft ?: services.choices.draft(),
        step = if (route.draft?.isReviewing == true) GrantStep.REVIEW else GrantStep.TERMS,
    ),
    scope,
) {
    private val entry = PinEntry(scope, { next -> change { it.copy(pin = next) } }, ::grant)
    private var loading: Job? = null
    private var refusing: Job? = null

    init {
        load()
    }

    override fun on(event: GrantScreenEvent) {
        when (event) {
            GrantScreenEvent.OpenClinic -> navigator.open(Route.Clinic(route.clinic))
            is GrantScreenEvent.Toggle -> if (state.value.draft.asked.let { it == null || event.category in it.categories }) choose {
                it.copy(categories = if (event.category in it.categories) it.categories - event.category else it.categories + event.category)
            }
            is GrantScreenEvent.ChoosePurpose -> if (event.purpose in state.value.purposes) choose { it.copy(purpose = event.purpose) }
            is GrantScreenEvent.ChooseDuration -> if (event.duration in state.value.durations) choose { it.copy(duration = event.duration) }
            is GrantScreenEvent.TellName -> choose { it.copy(isNamed = event.isNamed) }
            GrantScreenEvent.Review -> if (state.value.canReview) {
                choose { it.copy(isReviewing = true) }
                change { it.copy(step = GrantStep.REVIEW, preview = null) }
                load()
            }
            GrantScreenEvent.Refuse -> refuse()
            GrantScreenEvent.Confirm -> if (state.value.canConfirm) change { it.copy(step = GrantStep.CONFIRM) }
            is GrantScreenEvent.Pin -> if (state.value.step == GrantStep.CONFIRM) entry.on(event.event)
            GrantScreenEvent.Back -> if (!state.value.pin.isChecking) back()
            GrantScreenEvent.Retry -> load()
        }
    }

    override fun hide() = entry.hide()

    override fun close() = entry.close()

    private fun choose(step: (GrantDraft) -> GrantDraft) {
        change { it.copy(draft = step(it.draft)) }
        navigator.replace(route.copy(draft = state.value.draft))
    }

    private fun back() {
        when (state.value.step) {
            GrantStep.TERMS, GrantStep.REFUSED -> navigator.back()
            GrantStep.REVIEW -> {
                choose { it.copy(isReviewing = false) }
                change { it.copy(step = GrantStep.TERMS, preview = null, problem = null) }
            }
            GrantStep.CONFIRM -> {
                entry.close()
                change { it.copy(step = GrantStep.REVIEW, pin = PinState()) }
            }
        }
    }

    private fun load() {
        loading?.cancel()
        change { it.copy(problem = null) }
        loading = scope.launch {
            val clinic = services.clinics.prove(route.clinic).orElse(::fail) ?: return@launch
            change { it.copy(clinic = clinic) }
            val counts = services.records.counts().orElse(::fail) ?: return@launch
            change { it.copy(counts = counts) }
            if (state.value.step == GrantStep.REVIEW && state.value.canReview) {
                val preview = services.consent.preview(terms()).orElse(::fail) ?: return@launch
                change { it.copy(preview = preview) }
            }
        }
    }

    private fun refuse() {
        val request = state.value.draft.asked?.request ?: return
        if (state.value.step != GrantStep.TERMS || refusing?.isActive == true) return
        change { it.copy(problem = null) }
        // At once: it is refused also where the screen is left in the same moment.
        refusing = scope.launch(start = CoroutineStart.UNDISPATCHED) {
            toTheEnd { services.consent.refuseRequest(request) }.orElse(::fail) ?: return@launch
            loading?.cancel()
            change { it.copy(step = GrantStep.REFUSED, preview = null, problem = null) }
        }
    }

    private suspend fun grant(pin: ByteArray): Outcome<Grant> {
        val outcome = services.consent.grant(pin, terms())
        when (outcome) {
            // The draft is no place to come back to any more: what is granted is not granted again.
            is Outcome.Done -> {
                navigator.select(Route.Access)
                navigator.open(Route.Granted(outcome.value.id))
            }
            // A wrong PIN is said on the pad; anything else is about the grant, so the review says it.
            is Outcome.Failed -> if (!outcome.problem.isAboutPin) {
                change { it.copy(step = GrantStep.REVIEW, problem = outcome.problem, clinic = it.clinic?.after(outcome.problem)) }
            }
        }
        return outcome
    }

    private fun terms() = with(state.value.draft) { GrantTerms(route.clinic, categories, purpose, duration, isNamed, asked?.request) }

    private fun fail(problem: Problem) = change { it.copy(problem = problem, clinic = it.clinic?.after(problem)) }
}

/** Whether the pad says it; anything else is about what was consented to. */
internal val Problem.isAboutPin
    get() = this is Problem.WrongPin || this is Problem.PinDelayed || this == Problem.PinSlotDestroyed ||
        this == Problem.DeviceKeyLost || this == Problem.DeviceKeyRefused || this == Problem.DeviceKeyLockedOut

/** How a clinic stands where this was said of it. */
internal fun Clinic.after(problem: Problem) = when (problem) {
    Problem.ClinicKeyChanged -> copy(standing = ClinicStanding.KEY_CHANGED)
    Problem.ClinicSuspended -> copy(standing = ClinicStanding.SUSPENDED)
    else -> this
}
