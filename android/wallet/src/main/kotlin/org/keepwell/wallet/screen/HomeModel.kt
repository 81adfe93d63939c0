package org.keepwell.wallet.screen

import java.time.InstantSource
import java.time.LocalDate
import java.time.ZoneId
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Job
import kotlinx.coroutines.flow.merge
import kotlinx.coroutines.launch
import org.keepwell.wallet.model.Arrival
import org.keepwell.wallet.model.Category
import org.keepwell.wallet.model.CategoryCount
import org.keepwell.wallet.model.Outcome
import org.keepwell.wallet.model.Overview
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.RecordId
import org.keepwell.wallet.model.Todo
import org.keepwell.wallet.model.orElse
import org.keepwell.wallet.model.problemOrNull
import org.keepwell.wallet.navigation.Navigator
import org.keepwell.wallet.navigation.Route
import org.keepwell.wallet.service.WalletServices

/** Whose records these are, what holds now, what is new, what there is to do, and all categories. */
data class HomeState(
    val overview: Overview? = null,
    /** How many years old the owner is, where that is known. */
    val age: Int? = null,
    val counts: List<CategoryCount> = emptyList(),
    /** How many clinics, whose records come from their servers, want the patient to sign in again. */
    val signIns: Int = 0,
    val isSending: Boolean = false,
    val problem: Problem? = null,
) {
    /** Whether there is nothing to show yet. */
    val isLoading get() = overview == null && problem == null

    /** Whether the wallet holds no records at all. */
    val isEmpty get() = overview != null && counts.isEmpty()

    /** What there is to do; without any record they have to come first. */
    val todo: List<Todo>
        get() = overview?.todo.orEmpty() + listOfNotNull(Todo.SignInAgain(signIns).takeIf { signIns > 0 }, Todo.AddRecords.takeIf { isEmpty })

    override fun toString() = "HomeState(isSending=$isSending, problem=$problem)"
}

/** What is done on the home. */
sealed interface HomeEvent {
    data class Do(val todo: Todo) : HomeEvent
    data class Open(val id: RecordId) : HomeEvent
    data class OpenCategory(val category: Category) : HomeEvent
    data object OpenTimeline : HomeEvent
    data object Add : HomeEvent

    /** What is new was on the screen. */
    data object SeeNew : HomeEvent
    data object Retry : HomeEvent
}

/** Keeps the home as the wallet is, sends once by itself what no server has, and notes what was seen. */
class HomeModel(
    private val services: WalletServices,
    private val navigator: Navigator,
    private val clock: InstantSource,
    scope: CoroutineScope,
) : ScreenModel<HomeState, HomeEvent>(HomeState(), scope) {
    private var loading: Job? = null
    private var hasTriedToSend = false
    private var marked: Arrival? = null

    /** What was marked as seen; it is told as new for as long as the screen is not left. */
    private var seen: List<CategoryCount> = emptyList()

    init {
        load()
        scope.launch {
            services.records.changes.collect {
                // What was new before may be gone again.
                seen = emptyList()
                hasTriedToSend = false
                load()
            }
        }
        scope.launch { merge(services.status.changes, services.consent.changes).collect { load() } }
    }

    override fun on(event: HomeEvent) {
        when (event) {
            is HomeEvent.Do -> act(event.todo)
            is HomeEvent.Open -> navigator.open(Route.Record(event.id))
            is HomeEvent.OpenCategory -> navigator.open(Route.InCategory(event.category))
            HomeEvent.OpenTimeline -> navigator.open(Route.Timeline)
            HomeEvent.Add -> navigator.open(Route.Add)
            HomeEvent.SeeNew -> state.value.overview?.let(::mark)
            HomeEvent.Retry -> load()
        }
    }

    private fun act(todo: Todo) = when (todo) {
        Todo.TakenOver -> Unit
        is Todo.SendDecisions, is Todo.SendRecords -> send(::fail) { services.consent.sync() }
        Todo.AgreeToSendAgain -> send(::fail) { services.consent.sendAgain() }
        is Todo.CheckClinics -> navigator.open(Route.Clinics)
        Todo.CheckWords -> navigator.open(Route.CheckWords)
        Todo.Connect -> navigator.open(Route.Connect())
        is Todo.EndSoon -> navigator.select(Route.Access)
        is Todo.SignInAgain -> navigator.open(Route.Sources)
        is Todo.LookThrough, Todo.AddRecords -> navigator.open(Route.Add)
    }

    private fun load() {
        loading?.cancel()
        loading = scope.launch {
            val counts = services.records.counts().orElse(::fail) ?: return@launch
            val found = services.records.overview().orElse(::fail) ?: return@launch
            val overview = found.copy(new = found.new.ifEmpty { seen })
            val today = LocalDate.ofInstant(clock.instant(), ZoneId.systemDefault())
            change { it.copy(overview = overview, age = overview.owner?.age(today), counts = counts, problem = null) }
            // Where nothing is new there is nothing to be seen first. The first records of all are not told as new.
            if (overview.new.isEmpty() && counts.isNotEmpty()) mark(overview)
            if (!hasTriedToSend && overview.todo.any { it is Todo.SendDecisions || it is Todo.SendRecords }) {
                hasTriedToSend = true
                // Without a network the card goes on saying it; that needs no second notice.
                send(otherwise = {}) { services.consent.sync() }
            }
            // Last, for it waits for what the wallet is at.
            val sources = services.sources.list().orElse { }.orEmpty()
            change { it.copy(signIns = sources.count { source -> source.needsSignIn }) }
        }
    }

    private fun send(otherwise: (Problem) -> Unit, call: suspend () -> Outcome<Unit>) {
        if (state.value.isSending) return
        change { it.copy(isSending = true, problem = null) }
        scope.launch {
            val problem = call().problemOrNull()
            change { it.copy(isSending = false) }
            if (problem == null) load() else otherwise(problem)
        }
    }

    private fun mark(overview: Overview) {
        if (marked == overview.newest) return
        marked = overview.newest
        seen = overview.new
        // What can't be noted is told as new once more.
        scope.launch { services.records.markSeen(overview.newest) }
    }

    private fun fail(problem: Problem) = change { it.copy(problem = problem) }
}
