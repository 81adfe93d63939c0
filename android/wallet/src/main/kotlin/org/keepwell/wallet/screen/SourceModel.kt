package org.keepwell.wallet.screen

import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Job
import kotlinx.coroutines.launch
import org.keepwell.wallet.model.ImportReport
import org.keepwell.wallet.model.MissingRecords
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.Source
import org.keepwell.wallet.model.SourceId
import org.keepwell.wallet.model.orElse
import org.keepwell.wallet.navigation.Navigator
import org.keepwell.wallet.service.SourceService

/** Where a clinic whose records come from its server stands. */
enum class SourceStep { SHOWN, FETCHING, FETCHED, REMOVED }

/** Such a clinic: what it gives, and what came of it. */
data class SourceState(
    val step: SourceStep = SourceStep.SHOWN,
    val source: Source? = null,
    /** The kind of records that is asked for now. */
    val fetching: String? = null,
    val report: ImportReport? = null,
    val missing: List<MissingRecords> = emptyList(),
    val isAskingToRemove: Boolean = false,
    /** Whether the clinic was told that it is let go. */
    val isTold: Boolean = true,
    val isBusy: Boolean = true,
    val problem: Problem? = null,
) {
    override fun toString() = "SourceState(step=$step, isBusy=$isBusy, problem=$problem)"
}

/** What is done with it. */
sealed interface SourceEvent {
    data object Fetch : SourceEvent
    data object Stop : SourceEvent

    /** Opens the clinic's page in the browser. */
    data object SignIn : SourceEvent
    data object AskRemove : SourceEvent
    data object Keep : SourceEvent
    data object Remove : SourceEvent
    data object Retry : SourceEvent
    data object Leave : SourceEvent
}

/** Shows such a clinic, fetches what is new there, and lets it go after asking. */
class SourceModel(
    private val id: SourceId,
    private val service: SourceService,
    private val signIns: SignIns,
    private val navigator: Navigator,
    scope: CoroutineScope,
) : ScreenModel<SourceState, SourceEvent>(SourceState(), scope) {
    private var work: Job? = null

    init {
        load()
    }

    override fun on(event: SourceEvent) {
        val now = state.value
        when (event) {
            SourceEvent.Stop -> stop()
            SourceEvent.Leave -> if (now.step == SourceStep.FETCHING) stop() else navigator.back()
            SourceEvent.Keep -> change { it.copy(isAskingToRemove = false) }
            else -> if (!now.isBusy) act(event, now)
        }
    }

    private fun act(event: SourceEvent, now: SourceState) {
        val source = now.source
        when (event) {
            SourceEvent.Retry -> load()
            SourceEvent.Fetch -> if (source?.needsSignIn == false) fetch()
            SourceEvent.SignIn -> if (source != null) work { signIns.begin(source.address)?.let(::fail) }
            SourceEvent.AskRemove -> if (source != null) change { it.copy(isAskingToRemove = true) }
            SourceEvent.Remove -> if (now.isAskingToRemove) remove()
            else -> Unit
        }
    }

    private fun load() = work {
        val found = service.list().orElse(::fail) ?: return@work
        val source = found.find { it.id == id } ?: return@work fail(Problem.NotFound("NoSuchSource"))
        change { it.copy(source = source) }
    }

    private fun fetch() {
        work {
            change { it.copy(step = SourceStep.FETCHING, fetching = null, report = null, missing = emptyList()) }
            val synced = service.sync(id) { type -> change { it.copy(fetching = type) } }.orElse { problem ->
                change { it.copy(step = SourceStep.SHOWN, problem = problem) }
            }
            if (synced != null) {
                change { it.copy(step = SourceStep.FETCHED, source = synced.source, report = synced.report, missing = synced.missing) }
            } else {
                // What the patient agreed to may have ended with it.
                service.list().orElse { }?.find { it.id == id }?.let { source -> change { it.copy(source = source) } }
            }
        }
    }

    /** What came until then is there. */
    private fun stop() {
        if (state.value.step != SourceStep.FETCHING) return
        work?.cancel()
        change { it.copy(step = SourceStep.SHOWN) }
        load()
    }

    private fun remove() {
        change { it.copy(isAskingToRemove = false) }
        work {
            val isTold = toTheEnd { service.remove(id) }.orElse(::fail) ?: return@work
            change { it.copy(step = SourceStep.REMOVED, isTold = isTold) }
        }
    }

    private fun work(block: suspend () -> Unit) {
        change { it.copy(isBusy = true, problem = null) }
        work = scope.launch {
            block()
            change { it.copy(isBusy = false) }
        }
    }

    private fun fail(problem: Problem) = change { it.copy(problem = problem) }
}
