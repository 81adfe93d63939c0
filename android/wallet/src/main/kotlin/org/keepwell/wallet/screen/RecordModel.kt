package org.keepwell.wallet.screen

import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.launch
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.RecordId
import org.keepwell.wallet.model.RecordKind
import org.keepwell.wallet.model.RecordPicture
import org.keepwell.wallet.model.orElse
import org.keepwell.wallet.service.RecordService

/** One record: what can be said plainly, and everything as it was received. */
data class RecordState(
    val picture: RecordPicture? = null,
    val received: String = "",
    val showsReceived: Boolean = false,
    val problem: Problem? = null,
) {
    override fun toString() = "RecordState(..)"
}

/** What is done on a record's page. */
sealed interface RecordEvent {
    data object ToggleReceived : RecordEvent
    data object Retry : RecordEvent
}

/** Shows one record; what cannot be read as FHIR is still shown as received. */
class RecordModel(
    private val id: RecordId,
    private val records: RecordService,
    scope: CoroutineScope,
) : ScreenModel<RecordState, RecordEvent>(RecordState(), scope) {
    init {
        load()
    }

    override fun on(event: RecordEvent) {
        when (event) {
            RecordEvent.ToggleReceived -> change { it.copy(showsReceived = !it.showsReceived) }
            RecordEvent.Retry -> load()
        }
    }

    private fun load() {
        change { it.copy(problem = null) }
        scope.launch {
            val picture = records.picture(id).orElse { problem -> change { it.copy(problem = problem) } } ?: return@launch
            val bytes = records.content(id).orElse { problem -> change { it.copy(problem = problem) } } ?: return@launch
            val isUnreadable = picture.row.kind == RecordKind.UNREADABLE
            change { it.copy(picture = picture, received = bytes.decodeToString(), showsReceived = it.showsReceived || isUnreadable) }
        }
    }
}
