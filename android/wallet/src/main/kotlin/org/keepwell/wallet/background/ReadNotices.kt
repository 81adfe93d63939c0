package org.keepwell.wallet.background

import kotlinx.coroutines.flow.StateFlow
import org.keepwell.wallet.service.ConsentService

/** Says which clinics have read records since it was said last. */
class ReadNotices(private val consent: ConsentService, private val wishes: StateFlow<NoticeWishes>, private val notices: Notices) {
    /** Follows what each sync learns, for as long as the app lives; what is not wished is not said later either. */
    suspend fun follow() = consent.reads.collect { read ->
        val wishes = wishes.value
        if (wishes.tellsReads && read.records > 0) notices.read(if (wishes.namesClinics) read else read.copy(clinicName = null))
    }
}
