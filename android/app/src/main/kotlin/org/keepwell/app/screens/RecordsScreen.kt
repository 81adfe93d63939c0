package org.keepwell.app.screens

import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
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
import org.keepwell.app.ui.TodoCards
import org.keepwell.app.ui.label
import org.keepwell.app.ui.recordDetail
import org.keepwell.wallet.screen.RecordsEvent
import org.keepwell.wallet.screen.RecordsState

/** Records by category, and what a search finds. */
@Composable
fun RecordsScreen(
    state: RecordsState,
    onBack: (() -> Unit)?,
    onLock: () -> Unit,
    onEvent: (RecordsEvent) -> Unit,
    modifier: Modifier = Modifier,
) {
    ScreenFrame(modifier = modifier, onBack = onBack, onLock = onLock) {
        item(key = "title") {
            ScreenTitle(text = state.category?.let { label(it) } ?: stringResource(R.string.records_title))
        }
        item(key = "search") {
            SearchField(
                text = state.search,
                label = stringResource(R.string.search_records),
                onChange = { onEvent(RecordsEvent.Search(it)) },
            )
        }
        state.problem?.let { problem ->
            item { ProblemNotice(problem = problem, onRetry = { onEvent(RecordsEvent.Retry) }) }
        }
        if (!state.isList && state.problem == null) {
            item(key = "todo") { TodoCards(todo = state.todo, onDo = { onEvent(RecordsEvent.Do(it)) }) }
            item(key = "add") { OtherButton(text = stringResource(R.string.import_action), onClick = { onEvent(RecordsEvent.Add) }) }
        }
        if (state.isList) {
            items(count = state.records.size, key = { state.records[it].id.hex }) { index ->
                val record = state.records[index]
                LinkCard(
                    title = record.title ?: stringResource(R.string.record_untitled),
                    onClick = { onEvent(RecordsEvent.Open(record.id)) },
                    detail = recordDetail(record),
                )
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
        } else {
            items(count = state.counts.size, key = { state.counts[it].category.stableName }) { index ->
                val (category, count) = state.counts[index]
                LinkCard(
                    title = label(category),
                    onClick = { onEvent(RecordsEvent.OpenCategory(category)) },
                    trailing = count.toString(),
                )
            }
            if (state.isEmpty) item { SecondaryText(text = stringResource(R.string.records_empty)) }
        }
        if (state.isLoading) item { BusyIndicator() }
    }
}
