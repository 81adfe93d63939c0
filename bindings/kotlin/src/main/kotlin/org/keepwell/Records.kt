package org.keepwell

import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.flow

/** The pages that [query] finds, from its own first page to the last; each is asked for when it is collected. */
fun Wallet.pages(query: RecordQuery = RecordQuery()): Flow<RecordPage> = flow {
    var page = records(query)
    emit(page)
    while (true) {
        page = records(query.copy(after = page.next ?: break))
        emit(page)
    }
}

/** Every record that [query] finds, in its order; its limit says how many are fetched at a time. */
fun Wallet.allRecords(query: RecordQuery = RecordQuery()): Flow<RecordSummary> = flow {
    pages(query).collect { page -> page.records.forEach { emit(it) } }
}
