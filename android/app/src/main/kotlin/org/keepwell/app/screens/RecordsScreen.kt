package org.keepwell.app.screens

import androidx.compose.foundation.lazy.LazyListScope
import androidx.compose.foundation.lazy.LazyListState
import androidx.compose.foundation.lazy.rememberLazyListState
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.stringResource
import org.keepwell.app.R
import org.keepwell.app.ui.BusyIndicator
import org.keepwell.app.ui.FilterChips
import org.keepwell.app.ui.LinkCard
import org.keepwell.app.ui.LoadAhead
import org.keepwell.app.ui.OtherButton
import org.keepwell.app.ui.ProblemNotice
import org.keepwell.app.ui.ScreenFrame
import org.keepwell.app.ui.ScreenTitle
import org.keepwell.app.ui.SearchField
import org.keepwell.app.ui.SecondaryText
import org.keepwell.app.ui.SectionHeading
import org.keepwell.app.ui.clinicalDate
import org.keepwell.app.ui.label
import org.keepwell.app.ui.recordDetail
import org.keepwell.wallet.model.Period
import org.keepwell.wallet.model.RecordOrder
import org.keepwell.wallet.model.RecordSummary
import org.keepwell.wallet.screen.HomeEvent
import org.keepwell.wallet.screen.HomeState
import org.keepwell.wallet.screen.RecordDay
import org.keepwell.wallet.screen.RecordsEvent
import org.keepwell.wallet.screen.RecordsState

/** The home, the records of a category, or what a search finds. */
@Composable
fun RecordsScreen(
    state: RecordsState,
    home: HomeState?,
    onBack: (() -> Unit)?,
    onLock: () -> Unit,
    onEvent: (RecordsEvent) -> Unit,
    onHomeEvent: (HomeEvent) -> Unit,
    modifier: Modifier = Modifier,
    list: LazyListState = rememberLazyListState(),
    onSettings: (() -> Unit)? = null,
) {
    LoadAhead(list = list, hasMore = state.hasMore && !state.isLoading, onMore = { onEvent(RecordsEvent.More) })
    ScreenFrame(modifier = modifier, onBack = onBack, onLock = onLock, onSettings = onSettings, list = list) {
        item(key = "title") {
            val category = state.category
            when {
                category != null -> ScreenTitle(text = label(category))
                state.isTimeline && state.order == RecordOrder.LATEST_ARRIVAL -> ScreenTitle(text = stringResource(R.string.timeline_arrival_title))
                state.isTimeline -> ScreenTitle(text = stringResource(R.string.timeline_title))
                else -> OwnerTitle(owner = home?.overview?.owner, age = home?.age)
            }
        }
        item(key = "search") {
            SearchField(
                text = state.search,
                label = stringResource(R.string.search_records),
                onChange = { onEvent(RecordsEvent.Search(it)) },
            )
        }
        if (state.isTimeline) {
            item(key = "order") {
                FilterChips(choices = RecordOrder.entries, chosen = state.order, onChoose = { onEvent(RecordsEvent.Order(it)) }) { label(it) }
            }
        }
        if (state.isOfAll) {
            item(key = "kinds") {
                FilterChips(
                    choices = listOf(null) + (home?.counts ?: state.counts).map { it.category },
                    chosen = state.kind,
                    onChoose = { onEvent(RecordsEvent.Choose(it)) },
                ) { kind -> kind?.let { label(it) } ?: stringResource(R.string.records_all) }
            }
        }
        if (state.hasPeriods) {
            item(key = "periods") {
                FilterChips(choices = Period.entries, chosen = state.period, onChoose = { onEvent(RecordsEvent.Within(it)) }) { label(it) }
            }
        }
        if (state.isList) foundItems(state, onEvent) else if (home != null) homeItems(home, onHomeEvent)
    }
}

private fun LazyListScope.recordItems(
    records: List<RecordSummary>,
    onEvent: (RecordsEvent) -> Unit,
    detail: @Composable (RecordSummary) -> String?,
) {
    items(count = records.size, key = { records[it].id.hex }) { index ->
        val record = records[index]
        LinkCard(
            title = record.title ?: stringResource(R.string.record_untitled),
            onClick = { onEvent(RecordsEvent.Open(record.id)) },
            detail = detail(record),
        )
    }
}

/** Among records of all kinds: which kind it is, and its day where that is not above it. */
@Composable
private fun timelineDetail(record: RecordSummary, isDated: Boolean): String =
    listOfNotNull(label(record.category), recordDetail(record, isDated)).joinToString(" · ")

@Composable
private fun heading(day: RecordDay, order: RecordOrder): String {
    val date = day.day?.let { clinicalDate(it) }
    return when (order) {
        RecordOrder.NEWEST_FIRST -> date ?: stringResource(R.string.record_undated)
        RecordOrder.LATEST_ARRIVAL -> if (date == null) stringResource(R.string.timeline_came_unknown) else stringResource(R.string.timeline_came, date)
    }
}

/** What was found, or what a category holds. */
private fun LazyListScope.foundItems(state: RecordsState, onEvent: (RecordsEvent) -> Unit) {
    state.problem?.let { problem ->
        item { ProblemNotice(problem = problem, onRetry = { onEvent(RecordsEvent.Retry) }) }
    }
    if (state.isTimeline) {
        state.days.forEach { day ->
            item(key = "day ${day.records.first().id.hex}") { SectionHeading(text = heading(day, state.order)) }
            recordItems(day.records, onEvent) { timelineDetail(it, isDated = state.order != RecordOrder.NEWEST_FIRST) }
        }
    } else {
        recordItems(state.records, onEvent) { recordDetail(it) }
    }
    if (state.isNothingFound) item { SecondaryText(text = stringResource(R.string.records_none)) }
    if (state.hasMore) {
        item {
            OtherButton(
                text = stringResource(R.string.records_more),
                onClick = { onEvent(RecordsEvent.More) },
                isEnabled = !state.isLoading,
            )
        }
    }
    if (state.isLoading) item { BusyIndicator() }
}
