"""What the RocksDB databases of a worker share, and how each is set up."""

from rocksdict import BlockBasedOptions, Cache, DBCompressionType, Options, WriteBufferManager

_BLOCK_BYTES = 4096
# Of one database; all of them share what `Resources` is given.
_WRITE_BUFFER_BYTES = 16 << 20
# Of a write buffer: most keys that a batch looks up are new, or were flushed long ago.
_MEMTABLE_FILTER = 0.1
# A write buffer has keys from all over the database: to merge it is to write nearly all of that anew.
_FLUSHED_AT_ONCE = 8
_FIRST_COMPRESSED_LEVEL = 1
_LOG_BYTES = 1 << 20


class Resources:
    """Memory shared by all databases of a worker, in bytes: one block cache, one budget for write buffers."""

    def __init__(self, block_cache_bytes: int, write_buffer_bytes: int) -> None:
        # An LRU cache of 32 MiB is 64 shards, and the index of a large file hardly fits in one: it would be
        # read again for each look-up.
        self._block_cache = Cache.new_hyper_clock_cache(block_cache_bytes, _BLOCK_BYTES)
        self._write_buffers = WriteBufferManager(write_buffer_bytes, allow_stall=False)

    def options(self) -> Options:
        """Options for one database."""
        blocks = BlockBasedOptions()
        blocks.set_block_cache(self._block_cache)
        blocks.set_block_size(_BLOCK_BYTES)
        blocks.set_cache_index_and_filter_blocks(True)
        blocks.set_bloom_filter(10, block_based=False)
        options = Options(raw_mode=True)
        options.create_if_missing(True)
        options.set_block_based_table_factory(blocks)
        options.set_write_buffer_manager(self._write_buffers)
        options.set_write_buffer_size(_WRITE_BUFFER_BYTES)
        options.set_memtable_whole_key_filtering(True)
        options.set_memtable_prefix_bloom_ratio(_MEMTABLE_FILTER)
        options.set_compression_type(DBCompressionType.lz4())
        options.set_min_level_to_compress(_FIRST_COMPRESSED_LEVEL)
        options.set_level_zero_file_num_compaction_trigger(_FLUSHED_AT_ONCE)
        # rocksdict takes no None here; -1 keeps all files open, as RocksDB itself does by default.
        options.set_max_open_files(-1)
        # RocksDB's log of itself, which would grow for as long as the database is open.
        options.set_keep_log_file_num(2)
        options.set_max_log_file_size(_LOG_BYTES)
        return options
