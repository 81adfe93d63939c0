package org.keepwell.wallet.screen

import kotlin.time.Duration
import kotlin.time.Duration.Companion.milliseconds
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Job
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.onStart
import kotlinx.coroutines.launch
import org.keepwell.wallet.model.Category
import org.keepwell.wallet.model.CategoryCount
import org.keepwell.wallet.model.Cursor
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.RecordId
import org.keepwell.wallet.model.RecordQuery
import org.keepwell.wallet.model.RecordSummary
import org.keepwell.wallet.model.Todo
import org.keepwell.wallet.model.orElse
import org.keepwell.wallet.navigation.Navigator
import org.keepwell.wallet.navigation.Route
import org.keepwell.wallet.service.WalletServices

/** Categories, or the records of one category or of a search. */
data class RecordsState(
    val category: Category? = null,
    val search: String = "",
    val counts: List<CategoryCount> = emptyList(),
    val records: List<RecordSummary> = emptyList(),
    val hasMore: Boolean = false,
    val isLoading: Boolean = true,
    val problem: Problem? = null,
    /** What waits for the patient. */
    val todo: List<Todo> = emptyList(),
) {
    /** Whether records are listed and not categories. */
    val isList get() = category != null || search.isNotBlank()

    /** Whether a list was looked for and is empty. */
    val isNothingFound get() = isList && !isLoading && problem == null && records.isEmpty()

    /** Whether the wallet holds no records at all. */
    val isEmpty get() = !isList && !isLoading && problem == null && counts.isEmpty()

    override fun toString() = "RecordsState(..)"
}

/** What is done on the list of records. */
sealed interface RecordsEvent {
    class Search(val text: String) : RecordsEvent {
        override fun toString() = "Search(..)"
    }

    data class OpenCategory(val category: Category) : RecordsEvent
    data class Open(val id: RecordId) : RecordsEvent
    data object More : RecordsEvent
    data object Add : RecordsEvent
    data class Do(val todo: Todo) : RecordsEvent
    data object Retry : RecordsEvent
}

/** Loads records page by page; a search waits until typing pauses. */
class RecordsModel(
    private val category: Category?,
    private val services: WalletServices,
    private val navigator: Navigator,
    scope: CoroutineScope,
) : ScreenModel<RecordsState, RecordsEvent>(RecordsState(category), scope) {
    private var loading: Job? = null
    private var next: Cursor? = null

    init {
        reload()
        scope.launch { services.records.changes.collect { reload() } }
        if (category == null) {
            scope.launch { services.status.changes.onStart { emit(Unit) }.collect { readTodo() } }
        }
    }

    override fun on(event: RecordsEvent) {
        when (event) {
            is RecordsEvent.Search -> {
                change { it.copy(search = event.text) }
                reload(TYPING)
            }
            is RecordsEvent.OpenCategory -> navigator.open(Route.InCategory(event.category))
            is RecordsEvent.Open -> navigator.open(Route.Record(event.id))
            RecordsEvent.More -> if (next != null && !state.value.isLoading) load { page() }
            RecordsEvent.Retry -> reload()
            RecordsEvent.Add -> navigator.open(Route.Add)
            is RecordsEvent.Do -> navigator.open(
                when (event.todo) {
                    Todo.CHECK_WORDS -> Route.CheckWords
                    Todo.ADD_RECORDS -> Route.Add
                    Todo.CONNECT -> Route.Connect()
                },
            )
        }
    }

    private fun reload(pause: Duration = Duration.ZERO) {
        next = null
        load {
            delay(pause)
            if (state.value.isList) page() else categories()
        }
    }

    private fun load(block: suspend () -> Unit) {
        loading?.cancel()
        change { it.copy(isLoading = true, problem = null) }
        loading = scope.launch { block() }
    }

    private suspend fun categories() {
        val counts = services.records.counts().orElse(::fail) ?: return
        change { it.copy(counts = counts, records = emptyList(), hasMore = false, isLoading = false) }
    }

    private suspend fun page() {
        val after = next
        val text = state.value.search.takeIf { it.isNotBlank() }
        val page = services.records.page(RecordQuery(category, text, after)).orElse(::fail) ?: return
        next = page.next
        change {
            val before = if (after == null) emptyList() else it.records
            it.copy(records = before + page.records, hasMore = page.next != null, isLoading = false)
        }
    }

    /** What can't be read is no reason to show nothing else. */
    private suspend fun readTodo() {
        val todo = services.status.todo().orElse {} ?: return
        change { it.copy(todo = todo) }
    }

    private fun fail(problem: Problem) = change { it.copy(isLoading = false, problem = problem) }

    private companion object {
        val TYPING = 250.milliseconds
    }
}
