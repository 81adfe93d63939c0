package org.keepwell.wallet.screen

import java.time.InstantSource
import java.time.LocalDate
import java.time.ZoneId
import kotlin.time.Duration
import kotlin.time.Duration.Companion.milliseconds
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Job
import kotlinx.coroutines.delay
import kotlinx.coroutines.launch
import org.keepwell.wallet.model.Category
import org.keepwell.wallet.model.Cursor
import org.keepwell.wallet.model.Period
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.RecordId
import org.keepwell.wallet.model.RecordQuery
import org.keepwell.wallet.model.RecordSummary
import org.keepwell.wallet.model.orElse
import org.keepwell.wallet.navigation.Navigator
import org.keepwell.wallet.navigation.Route
import org.keepwell.wallet.service.WalletServices

/** The records of one category or of a search; neither of them is the home. */
data class RecordsState(
    val category: Category? = null,
    val search: String = "",
    /** The one category that a search is in; null: all. */
    val kind: Category? = null,
    val period: Period = Period.ANY,
    val records: List<RecordSummary> = emptyList(),
    val hasMore: Boolean = false,
    val isLoading: Boolean = false,
    val problem: Problem? = null,
) {
    /** Whether records are listed, in place of the home. */
    val isList get() = category != null || search.isNotBlank()

    /** Whether all categories are searched. */
    val isSearchOfAll get() = category == null && search.isNotBlank()

    /** Whether a list was looked for and is empty. */
    val isNothingFound get() = isList && !isLoading && problem == null && records.isEmpty()

    override fun toString() = "RecordsState(..)"
}

/** What is done on the list of records. */
sealed interface RecordsEvent {
    class Search(val text: String) : RecordsEvent {
        override fun toString() = "Search(..)"
    }

    /** Only this category of what is searched for; null: all. */
    data class Choose(val kind: Category?) : RecordsEvent
    data class Within(val period: Period) : RecordsEvent
    data class Open(val id: RecordId) : RecordsEvent
    data object More : RecordsEvent
    data object Retry : RecordsEvent
}

/** Loads records page by page; a search waits until typing pauses. */
class RecordsModel(
    private val category: Category?,
    private val services: WalletServices,
    private val navigator: Navigator,
    private val clock: InstantSource,
    scope: CoroutineScope,
) : ScreenModel<RecordsState, RecordsEvent>(RecordsState(category), scope) {
    private var loading: Job? = null
    private var next: Cursor? = null

    /** What stands there while nothing is searched for; none in a category. */
    val home: HomeModel? = if (category == null) HomeModel(services, navigator, clock, scope) else null

    init {
        reload()
        scope.launch { services.records.changes.collect { reload() } }
    }

    override fun on(event: RecordsEvent) {
        when (event) {
            is RecordsEvent.Search -> {
                // The next search of everything begins without what narrowed this one.
                val ends = category == null && event.text.isBlank()
                change { it.copy(search = event.text, kind = it.kind.takeUnless { ends }, period = if (ends) Period.ANY else it.period) }
                reload(TYPING)
            }
            is RecordsEvent.Choose -> if (state.value.isSearchOfAll) narrow { it.copy(kind = event.kind) }
            is RecordsEvent.Within -> if (state.value.isList) narrow { it.copy(period = event.period) }
            is RecordsEvent.Open -> navigator.open(Route.Record(event.id))
            RecordsEvent.More -> if (next != null && !state.value.isLoading) load { page() }
            RecordsEvent.Retry -> reload()
        }
    }

    private fun narrow(step: (RecordsState) -> RecordsState) {
        change { step(it).copy(records = emptyList(), hasMore = false) }
        reload()
    }

    private fun reload(pause: Duration = Duration.ZERO) {
        next = null
        if (!state.value.isList) {
            loading?.cancel()
            return change { it.copy(records = emptyList(), hasMore = false, isLoading = false, problem = null) }
        }
        load {
            delay(pause)
            page()
        }
    }

    private fun load(block: suspend () -> Unit) {
        loading?.cancel()
        change { it.copy(isLoading = true, problem = null) }
        loading = scope.launch { block() }
    }

    private suspend fun page() {
        val after = next
        val text = state.value.search.takeIf { it.isNotBlank() }
        val since = state.value.period.since(LocalDate.ofInstant(clock.instant(), ZoneId.systemDefault()))
        val query = RecordQuery(category ?: state.value.kind, text, since, after)
        val page = services.records.page(query).orElse(::fail) ?: return
        next = page.next
        change {
            val before = if (after == null) emptyList() else it.records
            it.copy(records = before + page.records, hasMore = page.next != null, isLoading = false)
        }
    }

    private fun fail(problem: Problem) = change { it.copy(isLoading = false, problem = problem) }

    private companion object {
        val TYPING = 250.milliseconds
    }
}
