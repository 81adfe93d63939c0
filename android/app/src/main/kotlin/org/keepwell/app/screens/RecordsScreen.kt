package org.keepwell.app.screens

import androidx.compose.runtime.Composable
import androidx.compose.ui.res.stringResource
import org.keepwell.app.R
import org.keepwell.app.ui.BusyIndicator
import org.keepwell.app.ui.LinkCard
import org.keepwell.app.ui.OtherButton
import org.keepwell.app.ui.ProblemNotice
import org.keepwell.app.ui.ScreenFrame
import org.keepwell.app.ui.ScreenTitle
import org.keepwell.app.ui.SearchField
import org.keepwell.app.ui.SecondaryText
import org.keepwell.app.ui.label
import org.keepwell.app.ui.recordDetail
import org.keepwell.wallet.screen.RecordsEvent
import org.keepwell.wallet.screen.RecordsState

/** Records by category, and what a search finds. */
@Composable
fun RecordsScreen(state: RecordsState, onBack: (() -> Unit)?, onLock: () -> Unit, onEvent: (RecordsEvent) -> Unit) {
    ScreenFrame(onBack, onLock) {
        item(key = "title") { ScreenTitle(state.category?.let { label(it) } ?: stringResource(R.string.records_title)) }
        item(key = "search") { SearchField(state.search, stringResource(R.string.search_records)) { onEvent(RecordsEvent.Search(it)) } }
        state.problem?.let { problem -> item { ProblemNotice(problem) { onEvent(RecordsEvent.Retry) } } }
        if (state.isList) {
            items(state.records.size, key = { state.records[it].id.hex }) { index ->
                val record = state.records[index]
                LinkCard(record.title ?: stringResource(R.string.record_untitled), recordDetail(record)) {
                    onEvent(RecordsEvent.Open(record.id))
                }
            }
            if (state.isNothingFound) item { SecondaryText(stringResource(R.string.records_none)) }
            if (state.hasMore) item { OtherButton(stringResource(R.string.records_more), !state.isLoading) { onEvent(RecordsEvent.More) } }
        } else {
            items(state.counts.size, key = { state.counts[it].category.stableName }) { index ->
                val (category, count) = state.counts[index]
                LinkCard(label(category), null, count.toString()) { onEvent(RecordsEvent.OpenCategory(category)) }
            }
            if (state.isEmpty) item { SecondaryText(stringResource(R.string.records_empty)) }
        }
        if (state.isLoading) item { BusyIndicator() }
    }
}
